using System.Text.RegularExpressions;
using Troupe.Silo.Options;

namespace Troupe.House;

/// <summary>Every setting has its line in the guide, and the guide names none that is not there.</summary>
public sealed partial class SettingPageTests
{
    private const string Page = "docs/guides/configure.md";

    /// <summary>What may be set.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. typeof(Settings).GetProperties().Where(one => one.CanWrite).Select(one => one.Name)];

    [Fact]
    public void The_guide_tells_every_setting_and_no_other()
    {
        var rows = Row().Matches(Tree.Text(Page)).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["variable"].Value);
        Assert.Equal(Names.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Contains(row.Value, (string[])[$"TROUPE__{row.Key.ToUpperInvariant()}", "TROUPE_ADMIN_TOKEN"]));
    }

    [GeneratedRegex(@"^\| `(?<name>[A-Z][A-Za-z]+)` \| `(?<variable>\w+)` \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();
}
