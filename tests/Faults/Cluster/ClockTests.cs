using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>A node whose wall clock is an hour off.</summary>
[Collection(ClusterFixture.Name)]
public sealed class ClockTests(ClusterFixture fixture, ITestOutputHelper log)
{
    private const int Reminders = 12, Tables = 30;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(3), Punctual = TimeSpan.FromSeconds(2), Close = TimeSpan.FromMilliseconds(500);

    private ClusterProcesses Cluster => fixture.Cluster;

    [FakeTimeFact]
    public Task A_clock_an_hour_ahead_changes_nothing() => WithClock("+1h");

    [FakeTimeFact]
    public Task A_clock_an_hour_behind_changes_nothing() => WithClock("-1h");

    private Task WithClock(string shift) => Cluster.Try(TimeSpan.FromMinutes(3), async () =>
    {
        await Cluster.Settle();
        var node = Cluster.Nodes[2];
        await node.Server.Stop();
        try
        {
            FakeTime.Shift(node.Server, shift);
            await node.Server.Start();
            await Cluster.Settle();
            await NothingChanges(node, shift);
        }
        finally
        {
            FakeTime.Shift(node.Server, null);
            await node.Server.Kill();
        }
    });

    private async Task NothingChanges(NodeProcess node, string shift)
    {
        using var load = await SteadyLoad.Start(Cluster, fixture.Receiver, jobSeconds: 6);
        using var registers = await RegisterLoad.Start(Cluster);
        var key = await Cluster.Client().MakeKey(JobLoad.Scopes);
        using var client = Cluster.Client(key);
        var spinners = await WaitLoad.Prepare(client, Reminders, Wait);
        var waits = await WaitLoad.Start(client, spinners, Wait);
        await TimesAreRight(key);
        var late = await waits.Lateness(client, limit: TimeSpan.FromSeconds(30));
        var (writes, reads) = await registers.Finish();
        await load.Finish(log);
        using var direct = node.Server.Client(key);
        var jobs = await direct.GetJson("/api/v1/jobs?limit=50");
        log.WriteLine($"clock {shift}: {Reminders} reminders late by {Figures.Spread([.. late])}; " +
            $"registers: {writes} writes and {reads} reads, none stale; {jobs["data"]!.AsArray().Count} jobs listed");
        Assert.True(late[0] >= -Punctual && late[^1] < Punctual, $"a reminder came {late[0]} or {late[^1]} late");
    }

    /// <summary>Tables made in turn at each node: their times are those of one clock, and the right one.</summary>
    private async Task TimesAreRight(string key)
    {
        var clients = Cluster.Nodes.Select(node => node.Server.Client(key)).ToList();
        for (var i = 0; i < Tables; i++)
        {
            var before = DateTimeOffset.UtcNow;
            var made = await clients[i % clients.Count].PostJson("/api/v1/data-tables", new JsonObject { ["name"] = $"Table {i}" });
            var time = made["data"]!["created_at"]!.GetValue<DateTimeOffset>();
            Assert.InRange(time, before - Close, DateTimeOffset.UtcNow + Close);
        }

        clients.ForEach(client => client.Dispose());
    }
}
