using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>SIGKILL: of one node, and of all of them.</summary>
[Collection(ClusterFixture.Name)]
public sealed class KillTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const int Kills = 5, Grains = 24, Reminders = 9;
    private static readonly TimeSpan
        AnswersWithin = TimeSpan.FromSeconds(1), CallsEndWithin = TimeSpan.FromSeconds(2), ServesWithin = TimeSpan.FromSeconds(10),
        Wait = TimeSpan.FromSeconds(2);

    private ClusterProcesses Cluster => fixture.Cluster;

    [Fact]
    public Task A_killed_nodes_grains_answer_elsewhere_within_a_second() => Cluster.Try(TimeSpan.FromMinutes(4), async () =>
    {
        await Cluster.Settle();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 40);
        using var registers = await RegisterLoad.Start(Cluster);
        using var client = Cluster.Client(await Cluster.Client().MakeKey(JobLoad.Scopes));
        var probes = await Probes.Make(Cluster, Grains);
        var spinners = await WaitLoad.Prepare(client, Reminders, Wait);
        List<TimeSpan> worst = [], all = [], late = [];
        List<long> kills = [];
        for (var kill = 0; kill < Kills; kill++)
        {
            var waits = await WaitLoad.Start(client, spinners, Wait);
            await Task.Delay(Wait - TimeSpan.FromMilliseconds(300)); // so that they fall due in the gap
            kills.Add(Stopwatch.GetTimestamp());
            await Cluster.Nodes[kill % Cluster.Nodes.Count].Server.Kill();
            var answered = await probes.AnswerAgain(kills[^1], limit: TimeSpan.FromSeconds(30));
            worst.Add(answered.Max());
            all.AddRange(answered);
            late.AddRange(await waits.Lateness(client, limit: TimeSpan.FromSeconds(30)));
            await Cluster.Settle();
        }

        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"until all {Grains} grains answered, kill by kill: {Figures.List(worst)}");
        log.WriteLine($"grain by grain: {Figures.Spread(all)}; reminders due in the gap, late by: {Figures.Spread(late)}");
        log.WriteLine($"registers: {writes} writes and {reads} reads, none stale");
        var longest = kills.SelectMany(at => load.Ingest.Attempts.Where(attempt => attempt.IsUnderWay(at)).Select(a => a.Took)).DefaultIfEmpty().Max();
        log.WriteLine($"longest call under way at a kill: {Figures.Text(longest)}");
        Assert.True(longest < CallsEndWithin, $"a call under way at a kill took {longest}");
        Assert.True(Figures.Median(worst) < AnswersWithin, $"median {Figures.Median(worst)} of {Figures.List(worst)}");
    });

    [Fact]
    public Task All_nodes_killed_and_started_elsewhere_serve_within_ten_seconds() => Cluster.Try(TimeSpan.FromMinutes(2), async () =>
    {
        await Cluster.Settle();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 10);
        var probes = await Probes.Make(Cluster, Grains);
        await Task.Delay(TimeSpan.FromSeconds(2)); // of load
        await Task.WhenAll(Cluster.Nodes.Select(node => node.Server.Kill()));
        var killed = Stopwatch.GetTimestamp();
        foreach (var node in Cluster.Nodes)
        {
            node.Move();
            node.Server.Launch();
        }

        var answered = await probes.AnswerAgain(killed, limit: TimeSpan.FromSeconds(60));
        await Cluster.Settle();
        await load.Finish(log);
        log.WriteLine($"from the kill of all until all {Grains} grains answered at other addresses: {Figures.Text(answered.Max())}");
        Assert.True(answered.Max() < ServesWithin, $"it took {answered.Max()}");
    });
}
