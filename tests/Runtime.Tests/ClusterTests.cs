using System.Diagnostics;

namespace Troupe.Runtime.Tests;

/// <summary>Whole nodes in one process, over a lease table and a transport in memory, in real time: what callers notice when partitions move.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Nodes_that_come_and_drain_under_load_fail_no_call_and_lose_no_change()
    {
        await using var cluster = new MemoryCluster();
        var (a, _) = (await cluster.Add(), await cluster.Add());
        await using var load = new CounterLoad(a);
        await load.Runs(200);
        var c = await cluster.Add();
        await cluster.Even();
        await load.Runs(200);
        await c.Leave();
        await load.Runs(200);
        Assert.Empty(c.Node.ActivationCounts());
        Assert.Empty(c.Ownership.Owned);
        var failed = await load.Stop();
        Assert.True(failed.IsEmpty, failed.FirstOrDefault()?.ToString());
        Assert.Equal(load.Acknowledged, cluster.Counters.ToDictionary());
    }

    [Fact]
    public async Task After_a_kill_every_grain_answers_again_and_what_was_acknowledged_is_there()
    {
        await using var cluster = new MemoryCluster();
        var (a, b) = (await cluster.Add(), await cluster.Add());
        await cluster.Add();
        await cluster.Even();
        await using var load = new CounterLoad(a);
        await load.Runs(200);
        var watch = Stopwatch.StartNew();
        cluster.Kill(b);
        foreach (var key in Enumerable.Range(0, 100).Select(i => $"w/c{i}"))
        {
            await a.Get<ICounter>(key).Read();
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10); // a machine under load; the figures are measured elsewhere
        await load.Runs(200);
        Assert.All(await load.Stop(), fault => Assert.True(fault is SiloUnavailableException and not CallRefusedException, fault.ToString()));
        Assert.All(load.Acknowledged, counter => Assert.InRange(cluster.Counters[counter.Key], counter.Value, long.MaxValue));
    }

    [Fact]
    public async Task A_call_in_flight_to_a_node_that_is_gone_ends_and_says_that_its_fate_is_unknown()
    {
        await using var cluster = new MemoryCluster { IsMute = true };
        var (a, b) = (await cluster.Add(), await cluster.Add());
        await cluster.Even();
        var hanging = a.Get<ICounter>(cluster.KeyOn(b)).Hang();
        await cluster.Hanging.Task.Soon();
        cluster.Kill(b);
        var fault = await Assert.ThrowsAsync<SiloUnavailableException>(() => hanging.Soon());
        Assert.Contains("not known", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_session_holds_its_calls_and_then_answers_them()
    {
        await using var cluster = new MemoryCluster();
        var a = await cluster.Add();
        var counter = a.Get<ICounter>("w/one");
        await counter.Add();
        cluster.IsCut = true;
        cluster.Table.Break(a.Ownership.Self.Name);
        await Hosts.Until(() => !a.Ownership.IsServing);
        var known = counter.Add();
        var fresh = a.Get<ICounter>("w/two").Add();
        Assert.False(known.IsCompleted || fresh.IsCompleted);
        cluster.IsCut = false;
        Assert.Equal((2, 1), (await known.Soon(), await fresh.Soon()));
        Assert.Equal(2, a.Node.ActivationCounts()[nameof(CounterGrain)]);
    }

    [Fact]
    public async Task A_node_that_loses_its_lease_refuses_at_once_and_serves_again_later()
    {
        await using var cluster = new MemoryCluster();
        var a = await cluster.Add();
        await a.Get<ICounter>("w/one").Add();
        cluster.IsCut = true;
        cluster.Table.Break(a.Ownership.Self.Name);
        await Hosts.Until(() => a.Ownership.Owned.Count == 0);
        await Hosts.Until(() => a.Node.ActivationCounts().Count == 0);
        await Assert.ThrowsAsync<CallRefusedException>(() => a.Get<ICounter>("w/one").Add().Soon());
        cluster.IsCut = false;
        await Hosts.Until(() => a.Ownership.Owned.Count == Partition.Count);
        Assert.Equal(2, await a.Get<ICounter>("w/one").Add().Soon());
    }

    [Fact]
    public async Task Reminders_of_a_drained_node_tick_once_each_and_those_of_a_killed_one_are_not_missed()
    {
        await using var cluster = new MemoryCluster();
        var (a, b, c) = (await cluster.Add(), await cluster.Add(), await cluster.Add());
        await cluster.Even();
        var keys = Enumerable.Range(0, 600).Select(i => $"w/r{i}").ToList();
        await Task.WhenAll(keys.Select((key, i) => a.Get<ICounter>(key).Remind(TimeSpan.FromMilliseconds(500 + (5 * i)))));
        await c.Leave();
        await Hosts.Until(() => cluster.Ticks.Count > 200);
        Assert.All(cluster.Ticks, tick => Assert.Equal(1, tick.Value));
        cluster.Kill(b);
        await Hosts.Until(() => cluster.Ticks.Count == keys.Count);
    }
}
