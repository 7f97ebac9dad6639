using Troupe.Bench.Baselines;
using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>Contacts made over HTTP: key, scope, module, draft, references, search index, event and audit entry, answered only when durable.</summary>
internal static class Creations
{
    private const int Clients = 64;

    /// <summary>Creations from 64 clients, against a bare endpoint that inserts through the same driver; and what the server weighs afterwards.</summary>
    public static async Task Run(Session session)
    {
        await using var server = await TroupeServer.Start(session);
        var (endpoint, address) = await Bare.Creations(session);
        using var _ = endpoint;
        var ours = Requests.Contacts(BareCreations.Path, server.Key, 4_096);
        var bare = Requests.Contacts(BareCreations.Path, "trp_none", 4_096);
        await LoadRun.Drive(server.Address, Clients, ours, TimeSpan.Zero, Session.ColdWarmUp);
        await LoadRun.Drive(address, Clients, bare, TimeSpan.Zero, Session.ColdWarmUp);
        var latencies = new Histogram();
        var rates = await session.TakeTurns(
            async () => (await LoadRun.Drive(address, Clients, bare, Session.WarmUp, session.Round)).PerSecond,
            async () =>
            {
                var result = await LoadRun.Drive(server.Address, Clients, ours, Session.WarmUp, session.Round);
                latencies.Add(result.Latencies);
                return result.Errors == 0 ? result.PerSecond : throw new InvalidOperationException($"{result.Errors} errors: {result.FirstError}");
            });
        session.Report.Add(new(
            "contacts made over HTTP, 64 clients", $"{Report.Number(Session.Median(rates[1]))} /s",
            $"bare endpoint with an insert, {Report.Number(Session.Median(rates[0]))} /s", Session.Ratio(rates[1], rates[0]), 0.5));
        var spread = new LoadResult(0, 0, 0, null, latencies).Spread;
        session.Report.Tell($"contacts made p50 / p95 / p99: {spread}; the server then weighs {server.Peak() >> 20} MB");
    }
}
