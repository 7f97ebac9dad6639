using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>The database goes away and comes back. Nodes live on, refuse what they cannot keep, and go on by themselves.</summary>
[Collection(ClusterFixture.Name)]
public sealed class PostgresFaultTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const int Grains = 24;
    private static readonly TimeSpan ServesWithin = TimeSpan.FromSeconds(10);

    private ClusterProcesses Cluster => fixture.Cluster;

    [Fact]
    public Task PostgreSQL_crashes_and_comes_back_after_a_while() => Through("PostgreSQL crashed and was down for three seconds", async () =>
    {
        await fixture.Postgres.Stop(crash: true);
        await Task.Delay(TimeSpan.FromSeconds(3));
        await fixture.Postgres.Start();
    });

    [Fact]
    public Task PostgreSQL_is_restarted() => Through("PostgreSQL was restarted", () => fixture.Postgres.Restart());

    [Fact]
    public Task All_backends_are_terminated_again_and_again() => Through("all backends were terminated three times", async () =>
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await fixture.Postgres.TerminateBackends() > 0);
            await Task.Delay(TimeSpan.FromMilliseconds(700));
        }
    });

    private Task Through(string what, Func<Task> fault) => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        var pids = Cluster.Nodes.Select(node => node.Server.Pid).ToList();
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 8);
        using var registers = await RegisterLoad.Start(Cluster);
        var probes = await Probes.Make(Cluster, Grains);
        await fault();
        var answered = await probes.AnswerAgain(Stopwatch.GetTimestamp(), limit: TimeSpan.FromSeconds(60));
        await Cluster.Settle();
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        log.WriteLine($"{what}: all {Grains} grains answered {Figures.Text(answered.Max())} later; registers: {writes} writes and {reads} reads, none stale");
        Assert.Equal(pids, Cluster.Nodes.Select(node => node.Server.Pid));
        Refusals.AreInvitationsToRetry(load.Ingest.Attempts);
        Assert.True(answered.Max() < ServesWithin, $"it took {answered.Max()}");
    });
}
