using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Troupe.Runtime;
using Troupe.Silo.Storage.Postgres;
using Troupe.Tests;
using Xunit.Abstractions;

namespace Troupe.Storage.Postgres;

/// <summary>Nodes that hold their partitions by leases in a real PostgreSQL, with real ports, in real time.</summary>
public sealed class LeasedNodesTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<Member> _members = [];
    private PrivatePostgres _server = null!;
    private string _database = null!;

    private string DatabaseName => new NpgsqlConnectionStringBuilder(_database).Database!;

    private IEnumerable<Member> Alive => _members.Where(member => !member.IsDead);

    public async Task InitializeAsync()
    {
        _server = await PrivatePostgres.Shared;
        _database = await _server.CreateDatabase();
        await new PostgresLeases(_database).Prepare();
    }

    public async Task DisposeAsync()
    {
        foreach (var member in Alive.ToList())
        {
            await member.Ownership.DisposeAsync();
        }

        _members.ForEach(member => member.Dispose());

        await _server.DropDatabase(_database);
    }

    [Fact]
    public async Task Partitions_even_out_move_at_a_death_and_at_a_farewell()
    {
        var times = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            await Add();
        }

        for (var i = 0; i < 5; i++)
        {
            output.WriteLine($"evened out after {(await Even()).TotalMilliseconds:0} ms");
            Alive.First().Kill();
            times.Add((await Until(() => Served == Partition.Count)).TotalMilliseconds);
            await Add();
        }

        output.WriteLine($"kill to served by others, ms: {string.Join(", ", times.Order().Select(time => $"{time:0}"))}");
        Assert.InRange(times.Order().ElementAt(2), 100, 3_000); // the median; the machine may be busy
        await Even();
        var watch = Stopwatch.StartNew();
        await Alive.First().Ownership.Leave();
        output.WriteLine($"drained after {watch.ElapsedMilliseconds} ms");
        await Until(() => Served == Partition.Count);
        output.WriteLine($"and served by others after {watch.ElapsedMilliseconds} ms");
        Assert.Equal(Partition.Count, Alive.Skip(1).Sum(member => member.Ownership.Owned.Count));
    }

    [Fact]
    public async Task All_sessions_ended_is_a_short_pause_in_which_nothing_moves()
    {
        await Add();
        await Add();
        await Even();
        var (owned, moved) = (_members.ConvertAll(member => member.Ownership.Owned), 0);
        _members.ForEach(member => member.Ownership.Changed += (_, change) => Interlocked.Add(ref moved, change.Gained.Count + change.Lost.Count));
        Assert.True(await _server.TerminateBackends(DatabaseName) >= 2);
        await Until(() => _members.TrueForAll(member => member.Paused));
        var pause = await Until(() => Served == Partition.Count);
        output.WriteLine($"served again {pause.TotalMilliseconds:0} ms after all had noticed");
        Assert.Equal(0, moved);
        Assert.Equal(owned, _members.ConvertAll(member => member.Ownership.Owned));
    }

    [Fact]
    public async Task All_killed_and_started_elsewhere_serve_again_within_seconds()
    {
        await Add();
        await Add();
        await Even();
        _members.ForEach(member => member.Kill());
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Add(), Add());
        await Until(() => Served == Partition.Count);
        output.WriteLine($"serving {watch.ElapsedMilliseconds} ms after the kill of all");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 8);
    }

    [Fact]
    public async Task A_node_that_others_cant_reach_is_alone_or_not_at_all()
    {
        await Add(address: "");
        await Until(() => Served == Partition.Count);
        var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => Add(address: ""));
        Assert.Contains("--cluster-url", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<JoinRefusedException>(() => Add());
        Assert.Contains("without --cluster-url", refused.Message, StringComparison.Ordinal);
        _members[0].Kill();
        await Add(address: "");
        await Until(() => Served == Partition.Count);
    }

    private int Served => Alive.Where(member => member.Ownership.IsServing).Sum(member => member.Ownership.Owned.Count);

    private async Task Add(string? address = null)
    {
        var member = new Member(_database, address);
        try
        {
            await member.Ownership.Start();
        }
        catch
        {
            member.Dispose();
            throw;
        }

        await member.Ownership.Serve();
        lock (_members)
        {
            _members.Add(member);
        }
    }

    private Task<TimeSpan> Even() =>
        Until(() => Served == Partition.Count && Alive.All(member => member.Ownership.Owned.Count >= Partition.Count / Alive.Count()));

    private static async Task<TimeSpan> Until(Func<bool> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "Waited in vain.");
            await Task.Delay(1);
        }

        return watch.Elapsed;
    }

    /// <summary>A node with a port, and a way to the table that ends when it is killed.</summary>
    private sealed class Member : ILeaseTable, IDisposable
    {
        private readonly PostgresLeases _leases;
        private readonly TcpListener _port = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _killed = new();
        private int _sessions;

        public Member(string database, string? address)
        {
            _leases = new(database);
            _port.Start();
            address ??= $"127.0.0.1:{((IPEndPoint)_port.LocalEndpoint).Port}";
            var self = new NodeEntry($"{address}/{Guid.NewGuid():N}", address, ["api", "silo"], "1", default);
            Ownership = new(this, self, new(TimeProvider.System), new SocketProbe(), new(), NullLogger<LeasedOwnership>.Instance);
        }

        public LeasedOwnership Ownership { get; }

        public bool IsDead => _killed.IsCancellationRequested;

        /// <summary>Its session was gone once.</summary>
        public bool Paused => _sessions > 1;

        public async ValueTask<ILeaseSession> Open(string node, bool guarded, CancellationToken cancel)
        {
            Check();
            _sessions++;
            return new Line(this, await _leases.Open(node, guarded, cancel));
        }

        public void Kill()
        {
            _port.Stop();
            _killed.Cancel();
        }

        public void Dispose()
        {
            _port.Dispose();
            _killed.Dispose();
        }

        private void Check()
        {
            if (IsDead)
            {
                throw new IOException("This process is dead.");
            }
        }

        /// <summary>A session that ends with its process.</summary>
        private sealed class Line(Member member, ILeaseSession session) : ILeaseSession
        {
            public bool IsGuarded => session.IsGuarded;

            public ValueTask<LeaseAnswer> Renew(LeaseRequest request, CancellationToken cancel)
            {
                member.Check();
                return session.Renew(request, cancel);
            }

            public ValueTask<LeaseGlance> Look(CancellationToken cancel)
            {
                member.Check();
                return session.Look(cancel);
            }

            public async ValueTask Rest(TimeSpan time, CancellationToken cancel)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, member._killed.Token);
                await session.Rest(time, either.Token);
                member.Check();
            }

            public ValueTask DisposeAsync() => session.DisposeAsync();
        }
    }
}
