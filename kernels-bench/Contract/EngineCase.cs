using System.Globalization;
using System.Reflection;
using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>A method of <see cref="EngineCases"/> is a case, with these arguments.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CaseAttribute(params object[] arguments) : Attribute
{
    /// <summary>What the method is called with.</summary>
    public object[] Arguments => arguments;
}

/// <summary>A method of <see cref="EngineCases"/> is a case for each element of a property.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CasesOfAttribute(string property) : Attribute
{
    /// <summary>The name of the property, a sequence of arguments.</summary>
    public string Property => property;
}

/// <summary>One thing that every engine owes the trainer.</summary>
/// <param name="Rule">The method that says what: its name, for people.</param>
/// <param name="Name">Its name with the arguments.</param>
/// <param name="Parameters">How many W and b have together, where the arguments name the network; else 0.</param>
/// <param name="Run">Tries it on engines of this kind; throws <see cref="ExpectationException"/> where one
/// fails.</param>
internal sealed record EngineCase(
    string Rule, string Name, long Parameters, Action<Func<NetworkShape, INetworkEngine>> Run);

internal sealed partial class EngineCases
{
    /// <summary>Every case, in the order of the sources.</summary>
    public static IReadOnlyList<EngineCase> All { get; } =
        [.. typeof(EngineCases).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .SelectMany(method => Arguments(method).Select(arguments => Create(method, arguments)))];

    private static EngineCase Create(MethodInfo method, object[] arguments) => new(method.Name,
        string.Join(", ", arguments.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)))
            is { Length: > 0 } of ? $"{method.Name}: {of}" : method.Name,
        arguments is [string network, ..] ? NetworkShape.Parse(network).ParameterCount : 0,
        create => method.Invoke(new EngineCases(create), BindingFlags.DoNotWrapExceptions, null, arguments, null));

    // A method without an attribute is a mistake that would leave something unproven.
    private static IEnumerable<object[]> Arguments(MethodInfo method) =>
        method.GetCustomAttribute<CasesOfAttribute>() is { } of
            ? (IEnumerable<object[]>)typeof(EngineCases).GetProperty(of.Property)!.GetValue(null)!
            : method.GetCustomAttributes<CaseAttribute>().Select(one => one.Arguments).ToArray() is { Length: > 0 } all
                ? all : throw new InvalidOperationException($"{method.Name} is no case: give it [Case].");
}
