using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Troupe.Silo.Commands.Demo;

/// <summary>The demo's spinners: sample files with the table, the receiver's address and, for a file of one's own, other columns put in.</summary>
internal static partial class DemoSpinner
{
    /// <summary>The body to create a sample spinner with.</summary>
    public static JsonNode Load(string sample, string tableId, string receiver, IReadOnlyList<string> columns)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples", "spinners", sample));
        foreach (var column in (string[])["name", "account_id", "domain", "country"])
        {
            text = columns.Contains(column) ? text
                : Regex.Replace(text, $@"(payload\.|{{{{){column}\b", "$1" + Plain(columns), RegexOptions.None, TimeSpan.FromSeconds(1));
        }

        var spinner = JsonNode.Parse(text.Replace("http://localhost:4000", receiver, StringComparison.Ordinal))!;
        spinner["table_id"] = tableId;
        return spinner;
    }

    /// <summary>The first column that a template can name.</summary>
    private static string Plain(IReadOnlyList<string> columns) =>
        columns.FirstOrDefault(c => Word().IsMatch(c)) ?? throw new DemoFailure("The file needs at least one column whose name is a plain word.");

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
