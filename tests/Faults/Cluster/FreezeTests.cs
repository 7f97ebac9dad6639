using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>SIGSTOP: a node that lives, keeps its connections and its memory, and has missed everything when it wakes.</summary>
[Collection(ClusterFixture.Name)]
public sealed class FreezeTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const int Grains = 24;
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(20), ServedWithin = TimeSpan.FromSeconds(8), Awake = TimeSpan.FromSeconds(4);

    private ClusterProcesses Cluster => fixture.Cluster;

    [Fact]
    public Task A_frozen_nodes_grains_are_served_by_others_and_it_overwrites_nothing_when_it_wakes() => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 25, patience: TimeSpan.FromSeconds(3));
        using var registers = await RegisterLoad.Start(Cluster);
        var probes = await Probes.Make(Cluster, Grains);
        var node = Cluster.Nodes[1];
        var frozen = Stopwatch.GetTimestamp();
        node.Server.Pause();
        try
        {
            var answered = await probes.AnswerAgain(frozen, limit: Freeze);
            log.WriteLine($"from SIGSTOP until each of {Grains} grains answered: {Figures.Spread(answered)}");
            Assert.True(answered.Max() < ServedWithin, $"it took {answered.Max()}");
            await Task.Delay(Freeze - Stopwatch.GetElapsedTime(frozen));
        }
        finally
        {
            node.Server.Resume();
        }

        await Task.Delay(Awake); // the registers are read at the node that has woken, and its clients' old requests arrive
        await Cluster.Settle();
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"registers: {writes} writes and {reads} reads, none stale");
    });
}
