using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Jobs;

/// <summary>A workspace with a key that may do everything with tables, spinners and jobs.</summary>
public sealed class JobDesk
{
    public static readonly string[] Scopes =
        ["tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read", "jobs:write", "ingest", "trigger"];

    private JobDesk(TestServer server, string workspace, HttpClient http) => (Server, Workspace, Http) = (server, workspace, http);

    public TestServer Server { get; }

    public string Workspace { get; }

    public HttpClient Http { get; }

    public static async Task<JobDesk> Open(TestServer server)
    {
        var workspace = await server.MakeWorkspace();
        return new(server, workspace, await server.ClientWith(Scopes, workspace));
    }

    /// <summary>A table of leads: <c>Lead 1, A-1</c> and so on; gives its id.</summary>
    public async Task<string> MakeTable(int rows)
    {
        var draft = JsonNode.Parse("""{"name":"Leads","columns":[{"name":"name"},{"name":"account_id"}]}""");
        var table = (await Http.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();
        var csv = new StringBuilder("name,account_id\n");
        for (var i = 1; i <= rows; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"Lead {i},A-{i}\n");
        }

        if (rows > 0)
        {
            await Http.Try(HttpMethod.Post, $"/api/v1/data-tables/{table}/import", csv.ToString(), "text/csv");
        }

        return table;
    }

    public static JsonObject Draft(string? table, string steps, int concurrency = 16) =>
        new() { ["name"] = "Welcome call", ["table_id"] = table, ["concurrency"] = concurrency, ["steps"] = JsonNode.Parse(steps) };

    /// <summary>A published spinner; gives its id.</summary>
    public async Task<string> MakeSpinner(string table, string steps, int concurrency = 16)
    {
        var spinner = (await Http.PostJson("/api/v1/spinners", Draft(table, steps, concurrency)))["data"]!["id"]!.GetValue<string>();
        await Http.PostJson($"/api/v1/spinners/{spinner}/publish");
        return spinner;
    }

    public async Task<string> Trigger(string spinner) => (await Http.PostJson($"/api/v1/public/trigger/{spinner}"))["jobId"]!.GetValue<string>();

    public async Task<JsonNode> Job(string job) => (await Http.GetJson($"/api/v1/jobs/{job}"))["data"]!;

    /// <summary>The job once a condition holds.</summary>
    public async Task<JsonNode> Until(string job, Func<JsonNode, bool> holds)
    {
        for (var limit = Stopwatch.StartNew(); ; await Task.Delay(10))
        {
            var now = await Job(job);
            if (holds(now))
            {
                return now;
            }

            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(20), $"what the test waits for did not happen: {now}");
        }
    }

    public Task<JsonNode> End(string job) => Until(job, now => (string?)now["status"] is "completed" or "partial" or "failed" or "canceled");

    /// <summary>All records of a job, a page after the other.</summary>
    public async Task<List<JsonNode>> Records(string job, string query = "", int limit = 1000)
    {
        var records = new List<JsonNode>();
        for (string? cursor = null; ;)
        {
            var page = await Http.GetJson($"/api/v1/jobs/{job}/records?limit={limit}{query}{(cursor is null ? "" : "&cursor=" + cursor)}");
            records.AddRange(page["data"]!.AsArray().Select(record => record!));
            if ((cursor = page["next_cursor"]?.GetValue<string>()) is null)
            {
                return records;
            }
        }
    }
}

/// <summary>Definitions that stories run.</summary>
internal static class Flows
{
    /// <summary>Two steps that never leave the process, with a branch.</summary>
    public const string Local = """
        [ { "id": "greet", "type": "set", "fields": { "message": "Hello {{name}}" }, "next": "which" },
          { "id": "which", "type": "decision", "branches": [ { "when": "payload.account_id == 'A-2'", "label": "two", "next": "hot" } ], "otherwise": "cold" },
          { "id": "hot", "type": "tag", "disposition": "hot" },
          { "id": "cold", "type": "tag", "disposition": "cold" } ]
        """;

    /// <summary>A wait of an hour.</summary>
    public const string Wait = """
        [ { "id": "later", "type": "wait", "seconds": 3600, "next": "tag" },
          { "id": "tag", "type": "tag", "disposition": "waited" } ]
        """;

    /// <summary>A call of a receiver.</summary>
    public static string Call(Uri receiver) => $$$"""
        [ { "id": "score", "type": "http", "method": "POST", "url": "{{{receiver}}}score", "body": { "id": "{{payload.account_id}}" },
            "output": "score", "next": "tag", "retry": { "attempts": 1, "backoff_seconds": 1 } },
          { "id": "tag", "type": "tag", "disposition": "{{output.score.body.grade}}" } ]
        """;
}
