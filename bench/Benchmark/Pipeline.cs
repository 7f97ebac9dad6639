using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Troupe.Bench.Baselines;
using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>Jobs of a spinner that calls nobody outside: set a field, decide on it, tag the record.</summary>
internal static class Pipeline
{
    private const int SmallTable = 10_000;
    private const int MediumTable = 200_000;
    private const int LargeTable = 1_000_000;

    /// <summary>Records a second against the bare insert rate; memory on a small and on a large table.</summary>
    public static async Task Run(Session session)
    {
        await using var server = await TroupeServer.Start(session);
        var small = await Prepare(server, SmallTable);
        var medium = await Prepare(server, MediumTable);
        await Job(server, medium, MediumTable); // warm-up
        var rates = await session.TakeTurns(() => Bare.Inserts(session), () => Job(server, medium, MediumTable));
        session.Report.Add(new(
            $"job of three local steps, {MediumTable:#,0} records",
            $"{Report.Number(Session.Median(rates[1]))} records/s",
            $"bare insert in one transaction, {Report.Number(Session.Median(rates[0]))} rows/s",
            Session.Ratio(rates[1], rates[0]),
            0.2));
        await Memory(session, server, small);
    }

    private static async Task Memory(Session session, TroupeServer server, string small)
    {
        server.ForgetPeak();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < session.Round * 2;)
            await Job(server, small, SmallTable);
        var before = server.Peak();
        var large = await Prepare(server, LargeTable);
        server.ForgetPeak();
        var rate = await Job(server, large, LargeTable);
        var after = server.Peak();
        session.Report.Add(new(
            $"peak memory, job over {LargeTable:#,0} rows", Megabytes(after), $"jobs over {SmallTable:#,0} rows, {Megabytes(before)}", (double)after / before,
                1.25, AtMost: true));
        session.Report.Tell($"the job over {LargeTable:#,0} rows ran at {Report.Number(rate)} records/s");
    }

    /// <summary>A table of so many rows with a published spinner; gives the spinner's id.</summary>
    private static async Task<string> Prepare(TroupeServer server, int rows)
    {
        var table = await server.MakeTable($"{rows:#,0} rows");
        await server.Append(table, Csv(rows));
        var spinner = await server.Send(HttpMethod.Post, "/api/v1/spinners", Draft(table));
        var id = spinner["id"]!.GetValue<string>();
        await server.Send(HttpMethod.Post, $"/api/v1/spinners/{id}/publish");
        return id;
    }

    /// <summary>Runs one job and waits for its end; records a second, from the request to the end as a caller sees it.</summary>
    private static async Task<double> Job(TroupeServer server, string spinner, int rows)
    {
        var clock = Stopwatch.StartNew();
        var job = await server.Send(HttpMethod.Post, $"/api/v1/spinners/{spinner}/run");
        while (true)
        {
            await Task.Delay(20);
            var now = await server.Send(HttpMethod.Get, $"/api/v1/jobs/{job["id"]!.GetValue<string>()}");
            if (now["status"]!.GetValue<string>() is "queued" or "running")
                continue;

            var elapsed = clock.Elapsed;
            return now["completed"]!.GetValue<long>() == rows && now["status"]!.GetValue<string>() == "completed"
                ? rows / elapsed.TotalSeconds
                : throw new InvalidOperationException($"The job ended as {now.ToJsonString()}");
        }
    }

    private static string Megabytes(long bytes) => $"{Report.Number(bytes / 1e6)} MB";

    private static Func<Stream, Task> Csv(int rows) => async stream =>
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false), 64 * 1024, leaveOpen: true);
        await writer.WriteAsync(string.Join(',', Rows.Columns) + "\n");
        for (var number = 0; number < rows; number++)
            await writer.WriteAsync(string.Join(',', Rows.Values(number)) + "\n");
    };

    private static JsonNode Draft(string table) => JsonNode.Parse($$$"""
        {
          "name": "bench", "table_id": "{{{table}}}", "concurrency": 64, "start": "greet",
          "steps": [
            { "id": "greet", "type": "set", "fields": { "message": "Hello {{name}}" }, "next": "which" },
            { "id": "which", "type": "decision", "otherwise": "cold",
              "branches": [ { "when": "payload.account_id contains '7'", "label": "seven", "next": "hot" } ] },
            { "id": "hot", "type": "tag", "disposition": "hot" },
            { "id": "cold", "type": "tag", "disposition": "cold" }
          ]
        }
        """)!;
}
