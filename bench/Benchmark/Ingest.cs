using Troupe.Bench.Baselines;
using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>Rows in over HTTP: API key, schema check, answered only when durable.</summary>
internal static class Ingest
{
    private const int BatchRows = 500;
    private const int BatchClients = 16;
    private const int SingleClients = 256;

    /// <summary>Batches of 500 rows from 16 clients, against a prepared insert of the same rows in one transaction.</summary>
    public static async Task Bulk(Session session)
    {
        await using var server = await TroupeServer.Start(session);
        var ours = await Feeder.Open(server, BatchRows, BatchClients, session);
        var rates = await session.TakeTurns(() => Bare.Inserts(session), ours.Round);
        await ours.CheckCount();
        session.Report.Add(new(
            "bulk ingest, batches of 500, 16 clients",
            $"{Report.Number(Session.Median(rates[1]) * BatchRows)} rows/s",
            $"bare insert in one transaction, {Report.Number(Session.Median(rates[0]))} rows/s",
            Session.Ratio(rates[1], rates[0]) * BatchRows,
            0.4));
        session.Report.Tell($"bulk ingest p50 / p95 / p99: {ours.Spread} a batch");
    }

    /// <summary>One row a request from 256 clients, against a bare endpoint and against a loop that commits each row alone.</summary>
    public static async Task Single(Session session)
    {
        await using var server = await TroupeServer.Start(session);
        var ours = await Feeder.Open(server, 1, SingleClients, session);
        var (endpoint, address) = await Bare.Endpoint();
        using var _ = endpoint;
        var bare = Requests.Ingest(BareEndpoint.Path, server.Key, ours.Table, rows: 1, count: Feeder.Different);
        await LoadRun.Drive(address, SingleClients, bare, TimeSpan.Zero, Session.ColdWarmUp);
        var rates = await session.TakeTurns(
            async () => (await LoadRun.Drive(address, SingleClients, bare, Session.WarmUp, session.Round)).PerSecond,
            ours.Round,
            () => Bare.Commits(session));
        await ours.CheckCount();
        var figure = $"{Report.Number(Session.Median(rates[1]))} /s";
        session.Report.Add(new(
            "one row a request, 256 clients", figure, $"bare endpoint, {Report.Number(Session.Median(rates[0]))} /s", Session.Ratio(rates[1], rates[0]), 0.3));
        session.Report.Add(new(
            "the same", figure, $"bare loop, a commit a row, no HTTP, {Report.Number(Session.Median(rates[2]))} /s", Session.Ratio(rates[1], rates[2]), 1.5));
        session.Report.Tell($"one row a request p50 / p95 / p99: {ours.Spread}");
    }

    /// <summary>The same against the commit loop, where each sync takes 2 ms longer.</summary>
    public static async Task SlowDisk(Session session)
    {
        if (await SlowSync.Make(session.Directory, TimeSpan.FromMilliseconds(2)) is not { } sync)
            return;

        await using var server = await TroupeServer.Start(session, sync.Environment);
        var ours = await Feeder.Open(server, 1, SingleClients, session);
        var rates = await session.TakeTurns(() => Bare.Commits(session, sync), ours.Round);
        await ours.CheckCount();
        session.Report.Add(new(
            "one row a request, 256 clients, a sync 2 ms slower",
            $"{Report.Number(Session.Median(rates[1]))} /s",
            $"bare loop, a commit a row, the same sync, {Report.Number(Session.Median(rates[0]))} /s",
            Session.Ratio(rates[1], rates[0]),
            1.5));
    }
}
