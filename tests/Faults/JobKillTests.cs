using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>A running job survives the death of its process: every record ends, each is recorded once.</summary>
public sealed class JobKillTests(ITestOutputHelper log)
{
    private const int Records = 20_000;
    private const int Kills = 20;

    [Fact]
    public async Task A_job_of_twenty_thousand_records_survives_twenty_kills()
    {
        await using var receiver = await Receiver.Start();
        await using var server = new ServerProcess(new() { ["TROUPE__OUTBOUND__ALLOW__0"] = receiver.Address.Authority });
        await server.Start();
        var key = await server.MakeKey("ingest", "trigger", "tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read");
        using var client = server.Client(key);
        var spinner = await MakeSpinner(client, receiver.Address, await MakeTable(client));
        var job = (await client.PostJson($"/api/v1/public/trigger/{spinner}"))["jobId"]!.GetValue<string>();

        var kills = await KillUntilEnded(server, key, job);
        await CheckRecords(client, job, receiver);
        Assert.True(kills >= Kills, $"the job ended after {kills} kills only: make it slower");
        log.WriteLine($"{Records} records, {kills} kills, {receiver.Seen.Values.Sum()} outside calls for {receiver.Seen.Count} keys");
    }

    private static async Task<string> MakeTable(HttpClient client)
    {
        var draft = JsonNode.Parse("""{"name":"Leads","columns":[{"name":"name"},{"name":"account_id"}]}""");
        var table = (await client.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();
        var csv = new StringBuilder("name,account_id\n");
        for (var i = 1; i <= Records; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"Lead {i},A-{i}\n");
        }

        using var answer = await client.PostAsync(new Uri($"/api/v1/data-tables/{table}/import", UriKind.Relative),
            new StringContent(csv.ToString(), Encoding.UTF8, "text/csv"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return table;
    }

    private static async Task<string> MakeSpinner(HttpClient client, Uri receiver, string table)
    {
        var draft = JsonNode.Parse($$$"""
            { "name": "Score", "table_id": "{{{table}}}", "concurrency": 64, "start": "score", "rate_per_second": 1500,
              "steps": [
                { "id": "score", "type": "http", "method": "POST", "url": "{{{receiver}}}score", "body": { "id": "{{payload.account_id}}" }, "output": "score", "next": "which" },
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

    private static async Task<int> KillUntilEnded(ServerProcess server, string key, string job)
    {
        var random = new Random(20261121);
        var kills = 0;
        for (var limit = Stopwatch.StartNew(); limit.Elapsed < TimeSpan.FromMinutes(4);)
        {
            if (kills < Kills)
            {
                await Task.Delay(random.Next(100, 700));
                await server.Kill();
                await server.Start();
                kills++;
            }

            using var client = server.Client(key);
            var status = (await client.GetJson($"/api/v1/jobs/{job}"))["data"]!["status"]!.GetValue<string>();
            if (status is "completed" or "failed" or "partial")
            {
                Assert.Equal("completed", status);
                return kills;
            }

            if (kills == Kills)
            {
                await Task.Delay(100);
            }
        }

        throw new TimeoutException($"The job did not end.\n{server.Output}");
    }

    private static async Task CheckRecords(HttpClient client, string job, Receiver receiver)
    {
        var counts = (await client.GetJson($"/api/v1/jobs/{job}"))["data"]!;
        Assert.Equal(Records, counts["total"]!.GetValue<int>());
        Assert.Equal(Records, counts["completed"]!.GetValue<int>());
        Assert.Equal(0, counts["failed"]!.GetValue<int>());

        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in client.Items($"/api/v1/jobs/{job}/records", 100))
        {
            var id = record["id"]!.GetValue<string>();
            Assert.True(ids.Add(id), $"{id} is recorded twice");
            Assert.Equal("completed", record["status"]!.GetValue<string>());
            Assert.Equal("hot", record["disposition"]!.GetValue<string>());
            Assert.True(receiver.Seen.ContainsKey($"{job}/{id}/score"), $"the receiver never saw {id}");
        }

        Assert.Equal(Records, ids.Count);
        Assert.Equal(Records, receiver.Seen.Count);
    }
}
