using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests;

namespace Troupe.Storage.Sqlite;

/// <summary>What a power cut would leave: the files as they are in the middle of a transaction, the log cut off anywhere.</summary>
public sealed class CrashTests : Suite
{
    private readonly string _copies = Directory.CreateTempSubdirectory("troupe-").FullName;

    public CrashTests()
        : base(new SqliteEngine())
    {
    }

    private TempStore Temp => (TempStore)Open;

    /// <summary>One change of four parts: either all of them are there or none is.</summary>
    private static Change Whole(int n) => new(Here)
    {
        Records = [Write("per_1", n, age: n, search: $"version {n}")],
        Entries = [Note("per_1", n + 1)],
        Rows = [Lines("log", n + 1, $"[{n}]")],
        Events = [Happened($"ev_{n}")],
    };

    /// <summary>How many changes a store holds; fails if any part of one stands without the others.</summary>
    private static async Task<int> Whole(TempStore store)
    {
        var count = (int)((await store.Store.Load(Person, Here, "per_1"))?.Version ?? 0);
        var entries = await store.Directory.Entries("note", Here, "per_1", new() { Limit = Limits.PageMax });
        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), entries.Items.Select(e => e.Seq));
        Assert.Equal(count, (await store.Rows.Read(Here, "log", 1, int.MaxValue)).Sum(s => s.Count));
        Assert.Equal(count, (await store.Outbox.Read(0, 10_000)).Count);
        Assert.Equal(count == 0 ? 0 : 1, await store.Directory.Count(Person, Here, new() { Text = $"version {count - 1}" }));
        Assert.Equal(count == 0 ? 0 : 1, await store.Directory.Count(Person, Here, new() { Filters = [new("age", Test.Equal, count - 1L)] }));
        return count;
    }

    private string Copy(string name)
    {
        var to = Directory.CreateDirectory(Path.Combine(_copies, name)).FullName;
        foreach (var file in (string[])["troupe.db", "troupe.db-wal"])
        {
            File.Copy(Path.Combine(Temp.Path, file), Path.Combine(to, file));
        }

        return to;
    }

    private static async Task<int> Survivors(string path)
    {
        await using var survivor = await TempStore.Open([People], [Notes], new FakeClock(Noon), path);
        return await Whole(survivor);
    }

    [Theory]
    [InlineData("PRAGMA synchronous", "2")]
    [InlineData("PRAGMA journal_mode", "wal")]
    public async Task Each_commit_is_synced(string ask, string expected) => Assert.Equal(expected, await Temp.Database.Write(connection =>
    {
        using var setting = connection.Use(ask);
        return setting.Step() ? setting.Text(0) : "";
    }));

    [Fact]
    public async Task A_copy_taken_in_the_middle_of_a_transaction_holds_all_that_was_acknowledged_and_nothing_more()
    {
        for (var n = 0; n < 60; n++)
        {
            await Stored(Whole(n));
            if (n % 20 != 19)
            {
                continue;
            }

            // Inside the writer's transaction: changes before this one in the same batch are written and not committed.
            var copy = "";
            var copied = Temp.Database.Write(connection =>
            {
                Assert.Equal(CommitStatus.Stored, ChangeWriter.Store(connection, Temp.Database.Tables, Whole(n + 1), Noon).Status);
                copy = Copy($"middle_{n}");
                throw new OperationCanceledException("not to be committed");
#pragma warning disable CS0162 // gives the lambda its type
                return true;
#pragma warning restore CS0162
            });
            await Assert.ThrowsAsync<OperationCanceledException>(() => copied);
            Assert.Equal(n + 1, await Survivors(copy));
        }

        Assert.Equal(60, await Whole(Temp));
    }

    [Fact]
    public async Task A_log_cut_off_anywhere_holds_whole_changes_from_the_first_on()
    {
        for (var n = 0; n < 40; n++)
        {
            await Stored(Whole(n));
        }

        var random = new Random(11);
        var whole = new FileInfo(Path.Combine(Temp.Path, "troupe.db-wal")).Length;
        var (least, last) = (int.MaxValue, 0);
        foreach (var length in Enumerable.Range(0, 15).Select(_ => random.NextInt64(whole * 2 / 3, whole)).Append(whole).Order())
        {
            var copy = Copy($"cut_{length}");
            using (var log = new FileStream(Path.Combine(copy, "troupe.db-wal"), FileMode.Open))
            {
                log.SetLength(length);
            }

            var count = await Survivors(copy);
            Assert.True(count >= last, $"a longer log held fewer changes: {count} after {last}");
            (least, last) = (Math.Min(least, count), count);
        }

        Assert.Equal(40, last);
        Assert.InRange(least, 1, 39);
    }

    [Fact]
    public async Task Garbage_at_the_end_of_the_log_is_not_taken_for_changes()
    {
        for (var n = 0; n < 10; n++)
        {
            await Stored(Whole(n));
        }

        var copy = Copy("garbage");
        var noise = new byte[50_000];
        new Random(5).NextBytes(noise);
        await using (var log = new FileStream(Path.Combine(copy, "troupe.db-wal"), FileMode.Append))
        {
            await log.WriteAsync(noise);
        }

        Assert.Equal(10, await Survivors(copy));
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_copies, recursive: true);
    }
}
