using System.Collections;

namespace MnistGpu.Bench.Contract;

/// <summary>Says that an engine does not do what it owes.</summary>
internal sealed class ExpectationException(string message) : Exception(message);

/// <summary>What must be so; the names and the order of the arguments are xunit's.</summary>
internal static class Expect
{
    /// <summary>Fails.</summary>
    public static void Fail(string message) => throw new ExpectationException(message);

    /// <summary>Equal values; of arrays and tuples, all their elements.</summary>
    public static void Equal<T>(T expected, T actual)
    {
        if (!AreEqual(expected, actual))
        {
            Fail($"expected {Text(expected)}, got {Text(actual)}");
        }
    }

    /// <summary>Different values; of arrays, in one element at least.</summary>
    public static void NotEqual<T>(T expected, T actual)
    {
        if (AreEqual(expected, actual))
        {
            Fail($"expected anything but {Text(expected)}");
        }
    }

    /// <summary>Not further from each other than this; a value that is no number fails.</summary>
    public static void Equal(double expected, double actual, double tolerance)
    {
        if (!(Math.Abs(expected - actual) <= tolerance))
        {
            Fail($"expected {expected:G9}, got {actual:G9}, error {Math.Abs(expected - actual):G3}, "
                + $"bound {tolerance:G3}");
        }
    }

    /// <summary>Further from each other than this.</summary>
    public static void NotEqual(double expected, double actual, double tolerance)
    {
        if (!(Math.Abs(expected - actual) > tolerance))
        {
            Fail($"expected anything but {expected:G9} to {tolerance:G3}, got {actual:G9}");
        }
    }

    /// <summary>From the one to the other, both included.</summary>
    public static void InRange<T>(T actual, T low, T high)
        where T : IComparable<T>
    {
        if (actual.CompareTo(low) < 0 || actual.CompareTo(high) > 0)
        {
            Fail($"expected {low} to {high}, got {actual}");
        }
    }

    /// <summary>One of these values.</summary>
    public static void Contains<T>(T expected, IEnumerable<T> values)
    {
        if (!values.Contains(expected))
        {
            Fail($"expected {expected} among {Text(values)}");
        }
    }

    /// <summary>False.</summary>
    public static void False(bool value)
    {
        if (value)
        {
            Fail("expected false, got true");
        }
    }

    /// <summary>Nothing.</summary>
    public static void Null(object? value)
    {
        if (value is not null)
        {
            Fail($"expected nothing, got {Text(value)}");
        }
    }

    /// <summary>The same for each.</summary>
    public static void All<T>(IEnumerable<T> values, Action<T> check)
    {
        foreach (var value in values)
        {
            check(value);
        }
    }

    /// <summary>An exception of exactly this type.</summary>
    public static void Throws<TException>(Action action)
        where TException : Exception => Thrown<TException>(action, type => type == typeof(TException));

    /// <summary>An exception of exactly this type.</summary>
    public static void Throws<TException>(Func<object?> action)
        where TException : Exception => Throws<TException>(() => { action(); });

    /// <summary>An exception of this type or one that derives from it.</summary>
    public static void ThrowsAny<TException>(Action action)
        where TException : Exception => Thrown<TException>(action, typeof(TException).IsAssignableFrom);

    private static void Thrown<TException>(Action action, Func<Type, bool> isExpected)
    {
        try
        {
            action();
        }
        catch (Exception e) when (isExpected(e.GetType()))
        {
            return;
        }
        catch (Exception e) when (e is not ExpectationException)
        {
            Fail($"expected {typeof(TException).Name}, got {e.GetType().Name}: {e.Message}");
        }

        Fail($"expected {typeof(TException).Name}, got no exception");
    }

    private static bool AreEqual(object? one, object? other) => one is IEnumerable values and not string
        ? other is IEnumerable others && StructuralComparisons.StructuralEqualityComparer.Equals(Array(values),
            Array(others))
        : Equals(one, other);

    private static Array Array(IEnumerable values) => values as Array ?? values.Cast<object?>().ToArray();

    private static string Text(object? value) => value is Array array
        ? $"[{string.Join(", ", array.Cast<object?>().Take(5).Select(Text))}{(array.Length > 5 ? ", …" : "")}]"
        : $"{value ?? "nothing"}";
}
