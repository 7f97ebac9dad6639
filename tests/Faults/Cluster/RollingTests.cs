using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>What an operator does on purpose: restarts node by node, adds a node, takes one away. Nobody notices.</summary>
[Collection(ClusterFixture.Name)]
public sealed class RollingTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const double Even = 1.3;
    private static readonly TimeSpan EvenWithin = TimeSpan.FromSeconds(5), DrainedWithin = TimeSpan.FromSeconds(10);

    private ClusterProcesses Cluster => fixture.Cluster;

    [Fact]
    public Task A_rolling_restart_with_drain_fails_no_request() => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 20);
        using var registers = await RegisterLoad.Start(Cluster);
        foreach (var node in Cluster.Nodes)
        {
            await (node == Cluster.Nodes[^1] ? node.Server.Stop() : Leave(node)); // SIGTERM alone is as good
            await node.Server.Start();
            await Cluster.Settle();
        }

        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"registers: {writes} writes and {reads} reads, none stale");
        Refusals.AreNone(load.Ingest.Attempts);
    });

    [Fact]
    public Task Two_nodes_become_three_and_two_again_and_the_partitions_even_out() => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        await Leave(Cluster.Nodes[2]);
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 15);
        using var registers = await RegisterLoad.Start(Cluster);
        await Task.Delay(TimeSpan.FromSeconds(1)); // of load on two
        await Cluster.Nodes[2].Server.Start();
        log.WriteLine($"three nodes: even {Figures.Text(await EvenOut(3))} after the third was ready");
        await Task.Delay(TimeSpan.FromSeconds(2)); // of load on three
        await Leave(Cluster.Nodes[2]);
        log.WriteLine($"two nodes: even {Figures.Text(await EvenOut(2))} after the third was gone");
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"registers: {writes} writes and {reads} reads, none stale");
        Refusals.AreNone(load.Ingest.Attempts);
    });

    private Task<TimeSpan> EvenOut(int nodes) => ClusterProcesses.Until($"{nodes} nodes share evenly", async () =>
    {
        var shares = await Cluster.Shares();
        return shares.Count == nodes && shares.Sum() == Partition.Count && shares.Max() <= Even * shares.Min();
    }, EvenWithin);

    /// <summary>Drains a node, waits until the balancer has let go of it, and stops it.</summary>
    private async Task Leave(NodeProcess node)
    {
        using var admin = Cluster.Client();
        var ready = Cluster.Front.Ready;
        var began = Stopwatch.StartNew();
        await admin.PostJson($"/admin/cluster/nodes/{(await Find(admin, node))["id"]}/drain");
        await ClusterProcesses.Until("the node is drained", async () => (await Find(admin, node))["state"]!.GetValue<string>() == "drained", DrainedWithin);
        log.WriteLine($"{node.ClusterAddress} was drained after {Figures.Text(began.Elapsed)}");
        await ClusterProcesses.Until("the node gets no requests", () => Task.FromResult(Cluster.Front.Ready < ready), DrainedWithin);
        await node.Server.Stop();
    }

    private static async Task<JsonNode> Find(HttpClient admin, NodeProcess node) => (await admin.GetJson("/admin/cluster"))["data"]!["nodes"]!.AsArray()
        .Single(one => one!["address"]!.GetValue<string>() == node.ClusterAddress)!;
}
