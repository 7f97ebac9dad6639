using System.Collections.Frozen;
using System.Text.Json;

namespace Troupe.Kernel;

/// <summary>The words of an enumeration as they are stored and spoken: snake_case.</summary>
public static class Words<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> ByValue =
        Enum.GetValues<T>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    /// <summary>All of them, in the order of the declaration.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<T>().Select(value => ByValue[value])];

    /// <summary>The word of a value.</summary>
    public static string Of(T value) => ByValue[value];
}
