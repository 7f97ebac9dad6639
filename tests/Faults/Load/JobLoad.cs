using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>A job under way: each record calls an outside system, waits a second in the store, and ends. At the end each must be recorded once, and the
/// outside must have heard of each.</summary>
public sealed class JobLoad
{
    /// <summary>What its key must be allowed to do.</summary>
    public static readonly string[] Scopes =
        ["ingest", "trigger", "tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read"];

    private readonly Receiver _receiver;
    private readonly int _records;

    private JobLoad(Receiver receiver, int records, string job) => (_receiver, _records, Job) = (receiver, records, job);

    /// <summary>Its id.</summary>
    public string Job { get; }

    /// <summary>Imports a table, publishes a spinner and triggers it.</summary>
    public static async Task<JobLoad> Start(HttpClient client, Receiver receiver, int records, int ratePerSecond)
    {
        var spinner = await MakeSpinner(client, receiver.Address, await MakeTable(client, records), ratePerSecond);
        var job = (await client.PostJson($"/api/v1/public/trigger/{spinner}"))["jobId"]!.GetValue<string>();
        return new(receiver, records, job);
    }

    /// <summary>True once it has completed; any other end is a failure.</summary>
    public async Task<bool> HasEnded(HttpClient client)
    {
        var status = (await client.GetJson($"/api/v1/jobs/{Job}"))["data"]!["status"]!.GetValue<string>();
        Assert.True(status is "queued" or "running" or "completed", $"the job is {status}");
        return status == "completed";
    }

    /// <summary>Waits until it has completed.</summary>
    public async Task End(HttpClient client, TimeSpan limit)
    {
        for (var waited = Stopwatch.StartNew(); !await HasEnded(client); await Task.Delay(100))
        {
            if (waited.Elapsed > limit)
            {
                throw new TimeoutException($"The job did not end in {limit}: {await client.GetJson($"/api/v1/jobs/{Job}")}");
            }
        }
    }

    /// <summary>Reads every record of the ended job and checks it.</summary>
    public async Task Check(HttpClient client)
    {
        var counts = (await client.GetJson($"/api/v1/jobs/{Job}"))["data"]!;
        Assert.Equal(_records, counts["total"]!.GetValue<int>());
        Assert.Equal(_records, counts["completed"]!.GetValue<int>());
        Assert.Equal(0, counts["failed"]!.GetValue<int>());

        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in client.Items($"/api/v1/jobs/{Job}/records", 100))
        {
            var id = record["id"]!.GetValue<string>();
            Assert.True(ids.Add(id), $"{id} is recorded twice");
            Assert.Equal("completed", record["status"]!.GetValue<string>());
            Assert.Equal("hot", record["disposition"]!.GetValue<string>());
            Assert.True(_receiver.Seen.ContainsKey($"{Job}/{id}/score"), $"the receiver never saw {id}");
        }

        Assert.Equal(_records, ids.Count);
        Assert.Equal(_records, _receiver.Seen.Keys.Count(key => key.StartsWith(Job, StringComparison.Ordinal)));
    }

    private static async Task<string> MakeTable(HttpClient client, int records)
    {
        var draft = JsonNode.Parse("""{"name":"Leads","columns":[{"name":"name"},{"name":"account_id"}]}""");
        var table = (await client.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();
        var csv = new StringBuilder("name,account_id\n");
        for (var i = 1; i <= records; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"Lead {i},A-{i}\n");
        }

        using var answer = await client.PostAsync(new Uri($"/api/v1/data-tables/{table}/import", UriKind.Relative),
            new StringContent(csv.ToString(), Encoding.UTF8, "text/csv"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return table;
    }

    private static async Task<string> MakeSpinner(HttpClient client, Uri receiver, string table, int ratePerSecond)
    {
        var draft = JsonNode.Parse($$$"""
            { "name": "Score", "table_id": "{{{table}}}", "concurrency": 64, "start": "score", "rate_per_second": {{{ratePerSecond}}},
              "steps": [
                { "id": "score", "type": "http", "method": "POST", "url": "{{{receiver}}}score", "body": { "id": "{{payload.account_id}}" },
                  "output": "score", "next": "which" },
                { "id": "which", "type": "decision", "branches": [ { "when": "output.score.body.value >= 80", "label": "hot", "next": "later" } ],
                  "otherwise": "cold" },
                { "id": "later", "type": "wait", "seconds": 1, "next": "hot" },
                { "id": "hot", "type": "tag", "disposition": "hot" },
                { "id": "cold", "type": "tag", "disposition": "cold" } ] }
            """);
        var spinner = (await client.PostJson("/api/v1/spinners", draft))["data"]!["id"]!.GetValue<string>();
        await client.PostJson($"/api/v1/spinners/{spinner}/publish");
        return spinner;
    }
}
