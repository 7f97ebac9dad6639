using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>A node that lives and works, and is cut off from the database.</summary>
[Collection(ClusterFixture.Name)]
public sealed class CutTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const int Grains = 24;

    private static readonly TimeSpan
        Cut = TimeSpan.FromSeconds(12), ServedWithin = TimeSpan.FromSeconds(8), BackWithin = TimeSpan.FromSeconds(10);

    private ClusterProcesses Cluster => fixture.Cluster;

    /// <summary>Its readers are the test: they ask it for records that its successors change. What it shows must never be older than what was
    /// acknowledged.</summary>
    [Theory]
    [InlineData("silent")]
    [InlineData("reset")]
    public Task A_node_cut_from_PostgreSQL_stops_serving_before_its_successors_begin(string way) => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 15, patience: TimeSpan.FromSeconds(3));
        using var registers = await RegisterLoad.Start(Cluster);
        var probes = await Probes.Make(Cluster, Grains);
        var node = Cluster.Nodes[0];
        var cut = Stopwatch.GetTimestamp();
        node.Database.Cut(way);
        var answered = await probes.AnswerAgain(cut, limit: Cut);
        await Task.Delay(Cut - Stopwatch.GetElapsedTime(cut));
        node.Database.Pass();
        var back = Stopwatch.GetTimestamp();
        await node.Server.Ready(BackWithin);
        log.WriteLine($"{way}: all {Grains} grains answered after {Figures.Text(answered.Max())}; " +
            $"the node was ready {Figures.Text(Stopwatch.GetElapsedTime(back))} after the wire was mended");
        await Cluster.Settle();
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"registers: {writes} writes and {reads} reads, none stale");
        Assert.True(answered.Max() < ServedWithin, $"it took {answered.Max()}");
    });
}
