using Npgsql;
using Troupe.Runtime;
using Troupe.Silo.Storage.Postgres;
using Troupe.Tests;

namespace Troupe.Storage.Postgres;

/// <summary><see cref="ILeaseTable"/> on a real PostgreSQL.</summary>
public sealed class LeaseTableTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly List<ILeaseSession> _sessions = [];
    private PrivatePostgres _server = null!;
    private string _database = null!;
    private long _number;

    public async Task InitializeAsync()
    {
        _server = await PrivatePostgres.Shared;
        _database = await _server.CreateDatabase();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new PostgresLeases(_database).Prepare()));
    }

    public async Task DisposeAsync()
    {
        foreach (var session in _sessions)
        {
            await session.DisposeAsync();
        }

        await _server.DropDatabase(_database);
    }

    [Fact]
    public async Task A_renewal_extends_the_lease_by_the_tables_clock_and_tells_everything()
    {
        var session = await Open("a");
        Assert.True(session.IsGuarded);
        var first = await session.Renew(Ask("a") with { Claim = [3, 5], Stats = "{\"x\":1}", Handovers = 2 }, default);
        var lease = Assert.Single(first.Nodes);
        Assert.Equal(("a", "host:1", "api,silo", "1"), (lease.Node.Name, lease.Node.Address, string.Join(',', lease.Node.Roles), lease.Node.Version));
        Assert.Equal((NodeState.Active, false, true, 2L, "{\"x\":1}"), (lease.State, lease.DrainAsked, lease.IsGuarded, lease.Handovers, lease.Stats));
        Assert.Equal(Long, lease.Until - lease.RenewedAt);
        Assert.Equal([3, 5], Owned(first, "a"));
        Assert.Equal(1, first.Partitions[3].Epoch);
        var second = await session.Renew(Ask("a"), default);
        Assert.True(second.Now > first.Now && second.Nodes[0].RenewedAt > lease.RenewedAt);
        Assert.Equal(first.Version, second.Version);
        Assert.Equal([3, 5], Owned(second, "a"));
    }

    [Fact]
    public async Task A_partition_goes_to_one_that_asks_and_only_once_it_is_free()
    {
        var (a, b) = (await Open("a"), await Open("b"));
        await a.Renew(Ask("a") with { Claim = [1, 2] }, default);
        Assert.Equal([3], Owned(await b.Renew(Ask("b") with { Claim = [1, 2, 3] }, default), "b"));
        await b.Renew(Ask("b") with { Release = [1] }, default);
        var answer = await a.Renew(Ask("a") with { Release = [1] }, default);
        Assert.Equal([2], Owned(answer, "a"));
        answer = await b.Renew(Ask("b") with { Claim = [1] }, default);
        Assert.Equal([1, 3], Owned(answer, "b"));
        Assert.Equal(2, answer.Partitions[1].Epoch);
    }

    [Fact]
    public async Task A_request_that_comes_after_a_later_one_changes_nothing()
    {
        var session = await Open("a");
        var early = Ask("a") with { Release = [1], Claim = [2] };
        await session.Renew(Ask("a") with { Claim = [1] }, default);
        var answer = await session.Renew(early, default);
        Assert.Equal([1], Owned(answer, "a"));
        await session.Renew(early with { Leaves = true }, default);
        Assert.Single((await session.Renew(Ask("a"), default)).Nodes);
    }

    [Fact]
    public async Task Only_a_lease_that_is_over_can_be_expired_and_then_its_partitions_are_free()
    {
        var (a, b) = (await Open("a"), await Open("b"));
        await a.Renew(Ask("a") with { Claim = [1] }, default);
        Assert.Equal(2, (await b.Renew(Ask("b") with { Expire = ["a"], Bury = ["a"] }, default)).Nodes.Count);
        await a.Renew(Ask("a") with { Duration = TimeSpan.Zero }, default);
        var answer = await b.Renew(Ask("b") with { Expire = ["a"], Claim = [1] }, default);
        Assert.Equal("b", Assert.Single(answer.Nodes).Node.Name);
        Assert.Equal([1], Owned(answer, "b"));
        Assert.Empty(Owned(await a.Renew(Ask("a"), default), "a"));
    }

    [Fact]
    public async Task A_node_is_buried_only_while_nobody_holds_its_lock()
    {
        var leases = new PostgresLeases(_database);
        var (a, b) = (await Open("a", leases), await Open("b"));
        await a.Renew(Ask("a") with { Claim = [1] }, default);
        await b.Renew(Ask("b"), default);
        Assert.Empty((await b.Look(default)).Unlocked);
        await a.DisposeAsync();
        await Until(async () => (await b.Look(default)).Unlocked is ["a"]);
        var again = await leases.Open("a", guarded: true, default); // it is alive and has taken its lock again
        Assert.True(again.IsGuarded);
        Assert.Equal(2, (await b.Renew(Ask("b") with { Bury = ["a"] }, default)).Nodes.Count);
        await again.DisposeAsync();
        await Until(async () => (await b.Look(default)).Unlocked is ["a"]);
        var answer = await b.Renew(Ask("b") with { Bury = ["a"], Claim = [1] }, default);
        Assert.Equal([1], Owned(answer, "b"));
        Assert.Single(answer.Nodes);
    }

    [Fact]
    public async Task A_session_without_the_lock_says_so_and_takes_it_when_it_is_free()
    {
        var leases = new PostgresLeases(_database);
        var (first, second) = (await Open("a", leases), await Open("a", leases));
        Assert.Equal((true, false), (first.IsGuarded, second.IsGuarded));
        Assert.False(Assert.Single((await second.Renew(Ask("a"), default)).Nodes).IsGuarded);
        await first.DisposeAsync();
        await Until(async () => await second.Look(default) is not null && second.IsGuarded);
        Assert.True(Assert.Single((await second.Renew(Ask("a"), default)).Nodes).IsGuarded);
    }

    [Fact]
    public async Task The_end_of_a_session_is_noticed_while_it_rests()
    {
        var session = await Open("a");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var rest = session.Rest(TimeSpan.FromSeconds(20), default).AsTask();
        await _server.TerminateBackends(new NpgsqlConnectionStringBuilder(_database).Database);
        await Assert.ThrowsAnyAsync<Exception>(() => rest);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
        await Assert.ThrowsAnyAsync<Exception>(() => session.Look(default).AsTask());
    }

    [Fact]
    public async Task A_rest_that_is_ended_early_leaves_the_session_whole()
    {
        var session = await Open("a");
        for (var i = 0; i < 20; i++)
        {
            using var poke = new CancellationTokenSource();
            var rest = session.Rest(TimeSpan.FromSeconds(20), poke.Token).AsTask();
            await poke.CancelAsync();
            await rest.WaitAsync(TimeSpan.FromSeconds(10));
            await session.Rest(TimeSpan.FromMilliseconds(1), default);
            Assert.Single((await session.Renew(Ask("a"), default)).Nodes);
        }
    }

    [Fact]
    public async Task News_and_wishes_reach_the_others()
    {
        var (a, b) = (await Open("a"), await Open("b"));
        await a.Renew(Ask("a"), default);
        var before = (await b.Renew(Ask("b") with { Announces = true }, default)).Version;
        Assert.Equal(before, (await a.Look(default)).Version);
        await b.Renew(Ask("b") with { Drain = ["a"] }, default);
        Assert.True((await a.Look(default)).Version > before);
        Assert.True((await a.Renew(Ask("a"), default)).Nodes.Single(lease => lease.Node.Name == "a").DrainAsked);
        await a.Renew(Ask("a") with { Leaves = true }, default);
        Assert.Equal("b", Assert.Single((await b.Renew(Ask("b"), default)).Nodes).Node.Name);
    }

    [Fact]
    public async Task Many_nodes_at_once_never_share_a_partition_and_never_block_each_other()
    {
        var names = Enumerable.Range(0, 6).Select(i => $"n{i}").ToList();
        var all = Enumerable.Range(0, Partition.Count).ToList();
        await Task.WhenAll(names.Select(async (name, seed) =>
        {
            var (session, random) = (await Open(name), new Random(seed));
            List<int> mine = [];
            for (var number = 1; number < 40; number++)
            {
                var request = new LeaseRequest(Node(name), number, random.Next(10) == 0 ? TimeSpan.Zero : Long)
                {
                    Release = [.. mine.Where(_ => random.Next(3) == 0)],
                    Claim = [.. all.Where(_ => random.Next(3) == 0)],
                    Expire = [names[random.Next(names.Count)]],
                    Bury = [names[random.Next(names.Count)]],
                };
                mine = Owned(await session.Renew(request with { Expire = [.. request.Expire.Where(other => other != name)] }, default), name);
            }
        })).WaitAsync(TimeSpan.FromSeconds(60));
        var watcher = await (await Open("w")).Renew(Ask("w"), default);
        Assert.Equal(watcher.Partitions.Count(lease => lease.Owner is not null), names.Sum(name => Owned(watcher, name).Count));
    }

    private static NodeEntry Node(string name) => new(name, "host:1", ["api", "silo"], "1", DateTimeOffset.UnixEpoch);

    private static List<int> Owned(LeaseAnswer answer, string node) => [.. answer.Partitions.Index().Where(p => p.Item.Owner == node).Select(p => p.Index)];

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var end = Environment.TickCount64 + 10_000; !await holds();)
        {
            Assert.True(Environment.TickCount64 < end, "Waited in vain.");
        }
    }

    private LeaseRequest Ask(string name) => new(Node(name), Interlocked.Increment(ref _number), Long) { State = NodeState.Active };

    private async Task<ILeaseSession> Open(string node, PostgresLeases? leases = null)
    {
        var session = await (leases ?? new PostgresLeases(_database)).Open(node, guarded: true, default);
        _sessions.Add(session);
        return session;
    }
}
