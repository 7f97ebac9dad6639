using Troupe.Bench.Baselines;
using Troupe.Bench.Server;
using Troupe.Tests;

namespace Troupe.Bench.Benchmark;

/// <summary>The same work on a private PostgreSQL as durable as it comes (fsync and synchronous_commit on), against what psql and bare connections reach
/// on it.</summary>
internal static class Postgres
{
    private const int BatchRows = 500;
    private const int BatchClients = 16;
    private const int SingleClients = 256;

    /// <summary>Batches of 500 rows from 16 clients, against psql copying the same rows from a file.</summary>
    public static async Task Bulk(Session session)
    {
        await using var postgres = await PrivatePostgres.Launch();
        await using var server = await TroupeServer.Start(session, Settings(await postgres.CreateDatabase()));
        var bare = await postgres.CreateDatabase();
        var file = await BarePostgres.File(session);
        await BarePostgres.CopyRate(bare, file); // warm-up
        var ours = await Feeder.Open(server, BatchRows, BatchClients, session);
        var rates = await session.TakeTurns(() => BarePostgres.CopyRate(bare, file), ours.Round);
        await ours.CheckCount();
        session.Report.Add(new(
            "bulk ingest on PostgreSQL, batches of 500, 16 clients",
            $"{Report.Number(Session.Median(rates[1]) * BatchRows)} rows/s",
            $"psql copying a file, {Report.Number(Session.Median(rates[0]))} rows/s",
            Session.Ratio(rates[1], rates[0]) * BatchRows,
            0.4));
        session.Report.Tell($"bulk ingest on PostgreSQL p50 / p95 / p99: {ours.Spread} a batch");
    }

    /// <summary>One row a request from 256 clients, against 32 connections that commit each row alone.</summary>
    public static async Task Single(Session session)
    {
        await using var postgres = await PrivatePostgres.Launch();
        await using var server = await TroupeServer.Start(session, Settings(await postgres.CreateDatabase()));
        var bare = await postgres.CreateDatabase();
        var ours = await Feeder.Open(server, 1, SingleClients, session);
        var rates = await session.TakeTurns(() => BarePostgres.CommitRate(bare, session.Round), ours.Round);
        await ours.CheckCount();
        session.Report.Add(new(
            "one row a request on PostgreSQL, 256 clients",
            $"{Report.Number(Session.Median(rates[1]))} /s",
            $"32 connections, a commit a row, no HTTP, {Report.Number(Session.Median(rates[0]))} /s",
            Session.Ratio(rates[1], rates[0]),
            1.5));
        session.Report.Tell($"one row a request on PostgreSQL p50 / p95 / p99: {ours.Spread}");
    }

    /// <summary>What a server on this database is started with.</summary>
    private static Dictionary<string, string> Settings(string database) => new() { ["TROUPE__DATABASE"] = database };
}
