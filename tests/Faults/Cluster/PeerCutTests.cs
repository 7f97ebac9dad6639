using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>Nodes that live and work and reach the database, but not each other.</summary>
[Collection(LonelyCollection.Name)]
public sealed class PeerCutTests(ITestOutputHelper log) : IAsyncLifetime
{
    private const int Grains = 24;
    private static readonly TimeSpan
        Cut = TimeSpan.FromSeconds(10), BackWithin = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromSeconds(30), CallsEndWithin = TimeSpan.FromSeconds(15);

    private PrivatePostgres _postgres = null!;
    private Receiver _receiver = null!;
    private ClusterProcesses _cluster = null!;

    public async Task InitializeAsync()
    {
        _postgres = await PrivatePostgres.Launch();
        _receiver = await Receiver.Start();
        _cluster = await ClusterProcesses.Start(await _postgres.CreateDatabase(), NodePlan.Calling(_receiver, count: 3) with { Wired = true });
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _receiver.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    /// <summary>The database is there, so each keeps what it owns; a call to what it cannot reach waits for as long as a takeover would take, and is refused
    /// then. Nobody acts for anybody else.</summary>
    [Theory]
    [InlineData("silent")]
    [InlineData("reset")]
    public Task Nodes_cut_from_each_other_refuse_what_they_cannot_reach_and_find_together_again(string way) => _cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await _cluster.Settle();
        using var load = await SteadyLoad.Start(_cluster, _receiver, jobSeconds: 15, Patience);
        using var registers = await RegisterLoad.Start(_cluster);
        var probes = await Probes.Make(_cluster, Grains);
        var cut = Stopwatch.GetTimestamp();
        foreach (var node in _cluster.Nodes)
        {
            node.Peers!.Cut(way);
        }

        await Task.Delay(Cut);
        var mended = Stopwatch.GetTimestamp();
        foreach (var node in _cluster.Nodes)
        {
            node.Peers!.Pass();
        }

        var answered = await probes.AnswerAgain(mended, limit: BackWithin);
        await _cluster.Settle();
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        var longest = load.Ingest.Attempts.Where(attempt => attempt.SentAt < mended && Stopwatch.GetElapsedTime(cut, attempt.SentAt) > -CallsEndWithin)
            .Max(attempt => attempt.Took);
        log.WriteLine($"{way}: all {Grains} grains answered {Figures.Text(answered.Max())} after the wires were mended; " +
            $"longest call while they were cut: {Figures.Text(longest)}; registers: {writes} writes and {reads} reads, none stale");
        Assert.True(longest < CallsEndWithin, $"a call took {longest}");
    });
}
