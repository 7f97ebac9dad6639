using Troupe.Bench.Baselines;
using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>The baselines alone, to see what the machine gives today.</summary>
internal static class Baselines
{
    /// <summary>Runs it.</summary>
    public static async Task Run(Session session)
    {
        var sync = await SlowSync.Make(session.Directory, TimeSpan.FromMilliseconds(2));
        var (endpoint, address) = await Bare.Endpoint();
        using var _ = endpoint;
        var single = Requests.Ingest(BareEndpoint.Path, "trp_none", Guid.Empty.ToString(), rows: 1, count: 4_096);
        var batches = Requests.Ingest(BareEndpoint.Path, "trp_none", Guid.Empty.ToString(), rows: 500, count: 64);
        await LoadRun.Drive(address, 256, single, TimeSpan.Zero, Session.ColdWarmUp);
        var rates = await session.TakeTurns(
            () => Bare.Inserts(session),
            () => Bare.Commits(session),
            async () => sync is null ? 0 : await Bare.Commits(session, sync),
            async () => (await Told(address, 256, single, session)).PerSecond,
            async () => (await Told(address, 16, batches, session)).PerSecond * 500);
        string[] names = ["bare inserts, one transaction", "bare commits, one row each", "the same with a sync of 2 ms more",
            "bare endpoint, one row a request", "bare endpoint, rows in batches of 500"];
        foreach (var (name, side) in names.Zip(rates))
            session.Report.Add(new(name, $"{Report.Number(Session.Median(side))} /s", "", null, null));
    }

    private static async Task<LoadResult> Told(System.Net.IPEndPoint address, int clients, ReadOnlyMemory<byte>[] requests, Session session)
    {
        var result = await LoadRun.Drive(address, clients, requests, Session.WarmUp, session.Round);
        Console.WriteLine($"    {Report.Number(result.PerSecond)} /s, p50 / p95 / p99 {result.Spread}");
        return result;
    }
}
