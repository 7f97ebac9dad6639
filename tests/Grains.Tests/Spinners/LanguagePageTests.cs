using System.Globalization;
using System.Text.Json;
using Troupe.Tests;

namespace Troupe.Spinners.Tests;

/// <summary>What docs/reference/workspace/spinner-language.md shows is what happens.</summary>
public class LanguagePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "workspace", "spinner-language.md"));

    [Fact]
    public void The_whole_spinner_is_accepted()
    {
        var from = Page.IndexOf("```json", StringComparison.Ordinal) + 7;
        var spinner = Spinner.Create(Rig.Draft(Page[from..Page.IndexOf("```", from, StringComparison.Ordinal)]));
        Assert.True(spinner.Ok, spinner.Failure?.Message);
        Assert.True(spinner.Value!.Publish(Rig.Noon).Ok);
    }

    [Fact]
    public async Task Templates_print_what_the_table_says()
    {
        var row = Row("""{"name": "Ada", "First Name": "Ada B.", "n": 12.50, "none": null, "tags": ["x",{"k":1}]}""");
        var lines = Table("templates");
        Assert.Equal(9, lines.Count);
        foreach (var line in lines)
        {
            var message = JsonSerializer.Serialize(line[0]);
            var steps = $$$"""[{"id":"a","type":"set","fields":{"name":"Countess"},"next":"b"},{"id":"b","type":"log","message":{{{message}}}}]""";
            Assert.Equal($"b log logged 1: {line[1]}", (await Rig.Run(steps, row)).Journey[1]);
        }
    }

    [Fact]
    public async Task Conditions_hold_as_the_table_says()
    {
        var row = Row("""{"name": "Ada", "score": "80", "n": 9, "active": "TRUE", "empty": "", "tags": ["a", 3]}""");
        var lines = Table("conditions");
        Assert.Equal(16, lines.Count);
        foreach (var line in lines)
        {
            var when = JsonSerializer.Serialize(line[0]);
            var steps = $$"""[{"id":"d","type":"decision","branches":[{"when":{{when}},"next":"t"}]},{"id":"t","type":"tag","disposition":"yes"}]""";
            Assert.True((line[1] == "yes") == ((await Rig.Run(steps, row)).Result.Disposition == "yes"), line[0]);
        }
    }

    [Fact]
    public void Schedules_are_due_when_the_table_says()
    {
        var lines = Table("schedules");
        Assert.Equal(6, lines.Count);
        Assert.All(lines, line => Assert.Equal(Time(line[3]), CronPlan.Parse(line[0], line[1]).Value!.Next(Time(line[2]))));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static (string, string)[] Row(string json)
    {
        Assert.Contains(json.Replace("\"x\",{\"k\":1}", "\"x\", {\"k\": 1}", StringComparison.Ordinal), Page, StringComparison.Ordinal);
        return [.. JsonDocument.Parse(json).RootElement.EnumerateObject().Select(m => (m.Name, m.Value.GetRawText()))];
    }

    /// <summary>The cells of the table behind a mark, without back-ticks.</summary>
    private static List<string[]> Table(string name)
    {
        var lines = Page[Page.IndexOf($"<!-- run: {name} -->", StringComparison.Ordinal)..].Split('\n').Skip(3).TakeWhile(line => line.StartsWith('|'));
        return [.. lines.Select(line => line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim().Trim('`')).ToArray())];
    }
}
