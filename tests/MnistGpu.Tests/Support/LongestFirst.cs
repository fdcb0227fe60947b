using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(MnistGpu.Tests.Support.LongestFirst))]

namespace MnistGpu.Tests.Support;

/// <summary>
/// Starts what takes longest first, so that nothing long is left for one core at the end: the classes that take turns
/// at a device or the browser, then those that have a folder, most of which run the program, or share something that
/// takes time to make. The others need a few seconds each.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic
        | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, Type> Classes =
        typeof(LongestFirst).Assembly.GetTypes().Where(type => type is { IsClass: true, IsNested: false })
        .ToDictionary(type => type.FullName!);

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Rank(collection.TestCollectionDisplayName))];

    /// <summary>Where a collection stands; xunit names that of a single class by the class.</summary>
    internal static int Rank(string collection)
    {
        var words = collection.Split(' ');
        var alone = Array.Find(words, Classes.ContainsKey);
        return alone is null ? 0 : IsLong(Classes[alone]) ? 1 : 2;
    }

    private static bool IsLong(Type tests) => HoldsFolder(tests)
        || tests.GetInterfaces().Any(type => type.IsGenericType
            && type.GetGenericTypeDefinition() == typeof(IClassFixture<>));

    private static bool HoldsFolder(Type? type) =>
        type is not null && (DeclaresFolder(type) || HoldsFolder(type.BaseType));

    /// <summary>Whether a class has a folder: in a field, in a variable, or in what the compiler makes of an
    /// asynchronous method's.</summary>
    private static bool DeclaresFolder(Type type) =>
        type.GetFields(Own).Any(field => field.FieldType == typeof(TemporaryFolder))
        || type.GetMethods(Own).Any(method => method.GetMethodBody() is { } body
            && body.LocalVariables.Any(variable => variable.LocalType == typeof(TemporaryFolder)))
        || type.GetNestedTypes(Own).Any(DeclaresFolder);
}
