using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;

namespace Troupe.Tests;

/// <summary>docs/reference/workspace/spinners-and-jobs.md: every route of its subject is called there, and every answer it shows is what the server says, but
/// for ids, times and keys.</summary>
public sealed partial class JobsPageTests
{
    private static readonly string[] Volatile = ["request_id", "rate"];

    [Fact]
    public async Task Every_route_is_called_and_every_answer_is_the_servers()
    {
        await using var server = await TestServer.Start();
        var page = new DocPage("docs/reference/workspace/spinners-and-jobs.md");
        var ran = await page.Run(server);

        var shown = ran.Where(block => block.Shown is not null).ToList();
        Assert.True(shown.Count >= 14, $"Only {shown.Count} answers.");
        Assert.All(shown, block => Assert.Equal(Still(block.Shown!), Still(block.Printed.TrimEnd().Split('\n')[^1])));
        Assert.Contains("event: state\n", string.Concat(ran.Select(block => block.Printed)), StringComparison.Ordinal);

        var called = Call().Matches(page.Commands)
            .Select(m => $"{Method(m)} /api/v1/{Variable().Replace(m.Groups["path"].Value, "{id}")}").ToHashSet(StringComparer.Ordinal);
        var routes = WalkedRoute.All(server.Service<EndpointDataSource>()).Where(r => Subject().IsMatch(r.Path))
            .Select(r => $"{r.Method} {r.Path.Replace("{spinnerId}", "{id}", StringComparison.Ordinal)}");
        Assert.Empty(routes.Except(called));
    }

    private static string Method(Match call) =>
        call.Groups["method"].Success ? call.Groups["method"].Value : call.Groups["rest"].Value.Contains(" -d ", StringComparison.Ordinal) ? "POST" : "GET";

    /// <summary>An answer without what differs from run to run.</summary>
    private static string Still(string json)
    {
        var node = JsonNode.Parse(json)!;
        Clear(node);
        return node.ToJsonString();
    }

    private static void Clear(JsonNode node)
    {
        foreach (var (name, value) in node is JsonObject members ? members.ToList() : [])
        {
            if (Volatile.Contains(name) || (value is JsonValue text && text.TryGetValue<string>(out var written) && Moving().IsMatch(written)))
            {
                node[name] = "...";
            }
        }

        if (node is JsonArray items && items.Count > 0 && items[0] is JsonValue first && first.TryGetValue<string>(out var one) && Moving().IsMatch(one))
        {
            items.ToList().ForEach(item => item!.ReplaceWith("..."));
        }

        foreach (var inner in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray list ? list : [])
        {
            if (inner is JsonObject or JsonArray)
            {
                Clear(inner);
            }
        }
    }

    [GeneratedRegex(
        @"curl -sSN?( -X (?<method>[A-Z]+))? ""?\$HERE/api/v1/(?<path>[^ ""?]*)(?<rest>[^\n]*(\\\n[^\n]*)?)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();

    [GeneratedRegex(@"\$[A-Z]+", RegexOptions.None, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex("^/api/v1/(spinners|jobs|records|public/trigger)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subject();

    [GeneratedRegex(@"^(\d{4}-\d\d-\d\dT[\d:.]+Z|(spn|job|rec)_[0-9a-f]{32}(_\d+)?|[0-9a-f-]{36}|key:trp_\w+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Moving();
}
