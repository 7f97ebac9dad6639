using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Troupe.Runtime;
using Troupe.Silo.Cluster;
using Troupe.Silo.Options;
using Troupe.Silo.Storage;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>What a node of a cluster says of itself and the others, how it is drained, and how it takes its leave.</summary>
public sealed class ClusterNodeTests : IAsyncLifetime
{
    private readonly MemoryLeaseTable _table = new(TimeProvider.System);
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
    private readonly List<Member> _members = [];
    private GrainHost _grains = null!;
    private Storage _storage = null!;

    public Task InitializeAsync()
    {
        (_grains, _storage) = (new([]), new());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.Leases.DisposeAsync();
        }

        await _grains.DisposeAsync();
    }

    [Fact]
    public async Task Each_node_tells_of_all()
    {
        var (one, two) = (await Join("127.0.0.1:1"), await Join("127.0.0.1:2"));
        var front = await Join("127.0.0.1:3", "api");
        await Until(() => front.Leases.View().Nodes is { Count: 3 } nodes && nodes.Sum(node => node.Partitions) == Partition.Count
            && nodes.Count(node => node.Partitions == Partition.Count / 2) == 2);

        var nodes = (await front.Node.Cluster(default)).Nodes;
        Assert.Equal([one.Id, two.Id, front.Id], nodes.Select(node => node.Id));
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], nodes.Select(node => node.Address));
        Assert.All(nodes, node => Assert.Equal(("active", "held", "1.2.3"), (node.State, node.Lease, node.Version)));
        Assert.All(nodes, node => Assert.InRange(node.LeaseAgeSeconds!.Value, 0, 6));
        Assert.Equal((0, "api"), (nodes[2].Partitions, Assert.Single(nodes[2].Roles)));
        Assert.Null(await front.Node.Unready(default));
    }

    [Fact]
    public async Task A_node_is_drained_through_any_other_but_not_the_last()
    {
        var (one, two) = (await Join("127.0.0.1:1"), await Join("127.0.0.1:2"));
        await Until(() => one.Leases.View().Nodes.Count(node => node.Partitions > 0) == 2);
        var asked = await two.Node.Drain(one.Id);
        Assert.Equal("draining", asked.Value!.State);
        await Until(() => one.Leases.View().Nodes.Single(node => node.IsSelf) is { State: NodeState.Drained, Partitions: 0 });

        Assert.Equal("The node is drained.", await one.Node.Unready(default));
        Assert.Null(await two.Node.Unready(default));
        await Until(() => two.Leases.Owned.Count == Partition.Count);
        Assert.Equal("drained", (await one.Node.Drain(one.Id)).Value!.State); // again changes nothing
        Assert.Equal("node_last", (await one.Node.Drain(two.Id)).Failure!.Code);
        Assert.Equal(Refusal.Missing, (await one.Node.Drain("other")).Failure!.Kind);
    }

    [Fact]
    public async Task A_front_end_is_no_one_to_hand_partitions_to()
    {
        var silo = await Join("127.0.0.1:1");
        await Join("127.0.0.1:2", "api");
        await Until(() => silo.Leases.View().Nodes.Count == 2);
        Assert.Equal("node_last", (await silo.Node.Drain(silo.Id)).Failure!.Code);
    }

    [Fact]
    public async Task A_node_out_of_touch_or_without_a_store_is_not_ready()
    {
        var node = await Join("127.0.0.1:1");
        await Until(() => node.Leases.Owned.Count == Partition.Count);
        _storage.Fault = new StoreException("The database does not answer.");
        Assert.Equal("The database does not answer.", await node.Node.Unready(default));
        _storage.Fault = null;
        Assert.Null(await node.Node.Unready(default));

        _table.Before = (_, _) => Task.FromException(new IOException("cut"));
        _table.Break(node.Leases.Self.Name);
        await Until(() => !node.Leases.IsServing);
        Assert.StartsWith("The node is out of touch with the database", await node.Node.Unready(default), StringComparison.Ordinal);
        _table.Before = (_, _) => Task.CompletedTask;
        await Until(() => node.Leases.IsServing);
        Assert.Null(await node.Node.Unready(default));
    }

    [Fact]
    public async Task A_slow_database_is_no_reason_to_send_customers_away()
    {
        var node = await Join("127.0.0.1:1");
        _storage.Hangs = true;
        Assert.Null(await node.Node.Unready(default).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_node_that_stops_is_not_ready_at_once_and_has_handed_over_when_the_door_closes()
    {
        var (one, two) = (await Join("127.0.0.1:1"), await Join("127.0.0.1:2"));
        await Until(() => one.Leases.Owned.Count > 0 && two.Leases.Owned.Count > 0);
        var farewell = new Farewell(one.Node, one.Leases, new Settings { StopGraceSeconds = "0" }, NullLogger<Farewell>.Instance);
        var stopping = farewell.StoppingAsync(default);
        Assert.Equal("The node is stopping.", await one.Node.Unready(default));
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(one.Leases.Owned);
        await Until(() => two.Leases.Owned.Count == Partition.Count);
    }

    [Fact]
    public async Task A_node_that_can_hand_nothing_over_stops_all_the_same()
    {
        var node = await Join("127.0.0.1:1");
        await Until(() => node.Leases.Owned.Count == Partition.Count);
        _table.Before = (_, _) => new TaskCompletionSource().Task;
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var farewell = new Farewell(node.Node, node.Leases, new Settings(), NullLogger<Farewell>.Instance);
        await farewell.StoppingAsync(limit.Token).WaitAsync(TimeSpan.FromSeconds(20));
        _table.Before = (_, _) => Task.CompletedTask;
    }

    private async Task<Member> Join(string address, string roles = "api,silo")
    {
        var entry = new NodeEntry($"{address}/{_members.Count:x16}", address, roles.Split(','), "1.2.3", default);
        var leases = new LeasedOwnership(_table, entry, new(TimeProvider.System), new Nobody(), new(), NullLogger<LeasedOwnership>.Instance);
        var member = new Member(leases, new(leases, _storage, _grains.Node, new Lifetime(), Meters));
        _members.Add(member);
        await leases.Start();
        await leases.Serve();
        await Until(() => leases.View().Nodes.Any(node => node is { IsSelf: true, State: NodeState.Active }));
        return member;
    }

    /// <summary>Waits for what other threads do, half a minute at most.</summary>
    private static async Task Until(Func<bool> holds)
    {
        for (var end = Environment.TickCount64 + 30_000; !holds(); await Task.Delay(10))
        {
            Assert.True(Environment.TickCount64 < end, "Waited in vain.");
        }
    }

    private sealed record Member(LeasedOwnership Leases, ClusterNode Node)
    {
        public string Id => NodeName.Parse(Leases.Self.Name).Incarnation;
    }

    private sealed class Nobody : IPeerProbe
    {
        public ValueTask<bool> Refuses(string address, CancellationToken cancel) => ValueTask.FromResult(false);
    }

    private sealed class Storage : IStorage
    {
        public Exception? Fault { get; set; }

        public bool Hangs { get; set; }

        public string Description => "a database";

        public ValueTask<IReadOnlyList<string>> Open(CancellationToken cancel = default) => ValueTask.FromResult<IReadOnlyList<string>>([]);

        public async ValueTask Probe(CancellationToken cancel = default)
        {
            await (Hangs ? Task.Delay(Timeout.Infinite, cancel) : Task.CompletedTask);
            if (Fault is not null)
            {
                throw Fault;
            }
        }

        public ValueTask Sweep(CancellationToken cancel = default) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
