using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>Jobs of one record that waits in the store. A job that only waits is silent: nothing but its reminder wakes it, so that each of them is a
/// reminder that falls due on whatever node owns it then.</summary>
public sealed class WaitLoad
{
    private readonly List<string> _jobs = [];
    private readonly TimeSpan _wait;

    private WaitLoad(TimeSpan wait) => _wait = wait;

    /// <summary>Makes as many spinners over one row. Nothing waits yet.</summary>
    public static async Task<IReadOnlyList<string>> Prepare(HttpClient client, int count, TimeSpan wait)
    {
        var table = (await client.PostJson("/api/v1/data-tables", JsonNode.Parse("""{"name":"One","columns":[{"name":"name"}]}""")))["data"]!["id"]!;
        await client.PostJson("/api/v1/public/ingest", new JsonObject { ["dataTableId"] = table.DeepClone(), ["records"] = new JsonArray(Row()) });
        var spinners = new string[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var draft = JsonNode.Parse($$"""
                { "name": "Wait {{i}}", "table_id": "{{table}}", "start": "wait",
                  "steps": [ { "id": "wait", "type": "wait", "seconds": {{(int)wait.TotalSeconds}}, "next": "done" },
                             { "id": "done", "type": "tag", "disposition": "done" } ] }
                """);
            spinners[i] = (await client.PostJson("/api/v1/spinners", draft))["data"]!["id"]!.GetValue<string>();
            await client.PostJson($"/api/v1/spinners/{spinners[i]}/publish");
        });
        return spinners;
    }

    /// <summary>Triggers them all: from now on they wait.</summary>
    public static async Task<WaitLoad> Start(HttpClient client, IReadOnlyList<string> spinners, TimeSpan wait)
    {
        var load = new WaitLoad(wait);
        var started = await Task.WhenAll(spinners.Select(spinner => client.PostJson($"/api/v1/public/trigger/{spinner}")));
        load._jobs.AddRange(started.Select(answer => answer["jobId"]!.GetValue<string>()));
        return load;
    }

    /// <summary>Waits until every one has gone on, and gives back how late each was, the smallest first.</summary>
    public async Task<IReadOnlyList<TimeSpan>> Lateness(HttpClient client, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        var late = new List<TimeSpan>();
        foreach (var job in _jobs)
        {
            JsonNode? record;
            while ((record = await Ended(client, job)) is null)
            {
                Assert.True(clock.Elapsed < limit, $"job {job} still waits: {await client.GetJson($"/api/v1/jobs/{job}")}");
                await Task.Delay(50);
            }

            Assert.Equal("completed", record["status"]!.GetValue<string>());
            late.Add(Time(record["ended_at"]) - Time(record["started_at"]) - _wait);
        }

        late.Sort();
        return late;
    }

    private static async Task<JsonNode?> Ended(HttpClient client, string job)
    {
        var records = (await client.GetJson($"/api/v1/jobs/{job}/records"))["data"]!.AsArray();
        var record = records.Count == 0 ? null : Assert.Single(records);
        return record?["status"]!.GetValue<string>() is null or "waiting" or "running" ? null : record;
    }

    private static DateTimeOffset Time(JsonNode? node) => node!.GetValue<DateTimeOffset>();

    private static JsonObject Row() => new() { ["name"] = "Ada" };
}
