using SQLitePCL;
using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

/// <summary>Faults of the disk and of the commit itself: callers hear of them, nothing is half-written, the writer goes on.</summary>
public sealed class FaultTests : Suite
{
    private readonly Gate _gate = new();

    public FaultTests()
        : base(new SqliteEngine())
    {
    }

    private Database Database => ((TempStore)Open).Database;

    private Task<bool> Do(Action<Connection> work) => Database.Write(connection =>
    {
        work(connection);
        return true;
    });

    /// <summary>Lets the database grow by this many pages, or without bound.</summary>
    private Task<bool> Room(int? pages) => Do(connection =>
    {
        using var count = connection.Use("PRAGMA page_count");
        count.Step();
        connection.Execute($"PRAGMA max_page_count = {(pages is { } more ? count.Number(0) + more : uint.MaxValue - 1)}");
    });

    [Fact]
    public async Task A_full_disk_refuses_what_does_not_fit_and_nothing_else()
    {
        await Stored(Write("per_1"));
        await Room(20);
        var large = new byte[1_000_000];
        var fault = await Assert.ThrowsAsync<StoreException>(async () => await Commit(Write("per_2", search: "lost") with { Body = large }, Write("per_3")));
        Assert.Contains("full", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["per_1"], await Ids(new()));
        await Stored(Write("per_1", 1, city: "Oslo"));
        await Room(null);
        await Stored(Write("per_2") with { Body = large });
        Assert.Equal(["per_1", "per_2"], await Ids(new()));
        Assert.Empty(await Ids(new() { Text = "lost" }));
    }

    [Fact]
    public async Task In_a_shared_transaction_the_one_that_fails_falls_alone()
    {
        await Stored(Write("per_0"));
        await Room(40);
        var gate = Do(_ => _gate.Wait());
        var small = Enumerable.Range(1, 10).Select(i => Commit(Write($"per_{i:d2}", search: $"small {i}")).AsTask()).ToList();
        var large = Commit(Write("per_large") with { Body = new byte[2_000_000] }).AsTask();
        small.AddRange(Enumerable.Range(11, 10).Select(i => Commit(Write($"per_{i:d2}", i == 15 ? 3 : 0)).AsTask()));
        _gate.Open();
        await gate;
        await Assert.ThrowsAsync<StoreException>(() => large);
        var answers = await Task.WhenAll(small);
        Assert.Equal(19, answers.Count(a => a.Status == CommitStatus.Stored));
        Assert.Equal(20, await Open.Directory.Count(Person, Here, new()));
        Assert.Equal(["per_07"], await Ids(new() { Text = "small 7" }));
    }

    [Fact]
    public async Task A_commit_that_fails_is_told_to_all_its_callers()
    {
        await Stored(Write("per_0"));
        await Assert.ThrowsAsync<StoreException>(() => Do(connection => raw.sqlite3_commit_hook(connection.Handle, _ => 1, null)));
        var callers = Enumerable.Range(1, 20).Select(i => Commit(Write($"per_{i}")).AsTask()).ToList();
        foreach (var caller in callers)
        {
            await Assert.ThrowsAsync<StoreException>(() => caller);
        }

        await Do(connection => raw.sqlite3_commit_hook(connection.Handle, null, null));
        Assert.Equal(["per_0"], await Ids(new()));
        await Stored(Write("per_1"));
    }

    [Fact]
    public async Task A_bug_in_one_write_is_its_own()
    {
        var gate = Do(_ => _gate.Wait());
        var before = Commit(Write("per_1")).AsTask();
        var bug = Do(_ => throw new InvalidOperationException("a bug"));
        var after = Commit(Write("per_2")).AsTask();
        _gate.Open();
        await gate;
        await Assert.ThrowsAsync<InvalidOperationException>(() => bug);
        Assert.Equal(CommitStatus.Stored, (await before).Status);
        Assert.Equal(CommitStatus.Stored, (await after).Status);
        Assert.Equal(["per_1", "per_2"], await Ids(new()));
    }

    [Fact]
    public async Task The_queue_is_bounded_in_number_and_in_bytes()
    {
        var gate = Do(_ => _gate.Wait());
        await _gate.Entered;
        var waiting = Enumerable.Range(0, Limits.CommitWaiting).Select(_ => Database.Write(_ => 1)).ToList();
        await Assert.ThrowsAsync<LimitExceededException>(async () => await Commit(Write("per_1")));
        _gate.Open();
        await gate;
        Assert.Equal(Limits.CommitWaiting, (await Task.WhenAll(waiting)).Sum());

        var second = new Gate();
        var held = Do(_ => second.Wait());
        await second.Entered;
        var large = Database.Write(_ => 1, Limits.CommitWaitingBytes - 1000);
        await Assert.ThrowsAsync<LimitExceededException>(async () => await Commit(Write("per_1") with { Body = new byte[2000] }));
        second.Open();
        await Task.WhenAll(held, large);
        await Stored(Write("per_1") with { Body = new byte[2000] });
    }

    [Fact]
    public async Task What_waits_when_the_store_closes_is_written()
    {
        var gate = Do(_ => _gate.Wait());
        var waiting = Enumerable.Range(0, 50).Select(i => Commit(Write($"per_{i:d2}")).AsTask()).ToList();
        var closing = Task.Run(async () => await Database.DisposeAsync());
        _gate.Open();
        await Task.WhenAll([gate, closing, .. waiting]);
        await Restart();
        Assert.Equal(50, await Open.Directory.Count(Person, Here, new()));
    }

    [Fact]
    public async Task A_long_read_ends_when_its_caller_goes()
    {
        using var gone = new CancellationTokenSource();
        var read = Database.Read(
            connection =>
            {
                // The caller goes while the thousandth row is looked at.
                raw.sqlite3_create_function(connection.Handle, "look", 1, null, (_, _, row) =>
                {
                    if (raw.sqlite3_value_int64(row[0]) == 1000)
                    {
                        gone.Cancel();
                    }
                });
                using var forever = connection.Use("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(look(i)) FROM n");
                return forever.Step();
            },
            gone.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        Assert.Empty(await Ids(new()));
    }

    /// <summary>Holds the writer until a test opens it.</summary>
    private sealed class Gate
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Entered => _entered.Task;

        public void Open() => _open.TrySetResult();

        public void Wait()
        {
            _entered.TrySetResult();
            _open.Task.GetAwaiter().GetResult();
        }
    }
}
