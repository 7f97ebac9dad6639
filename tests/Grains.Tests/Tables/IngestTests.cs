using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class IngestTests
{
    [Fact]
    public async Task Callers_who_come_during_a_commit_share_the_next_one()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var reached = host.Held.Hold();
        var first = host.Table(id).Ingest(TableHost.Batch("0"));
        await reached;
        var others = Enumerable.Range(1, 99).Select(i => host.Table(id).Ingest(TableHost.Batch($"{i}", $"{i}b"))).ToList();
        await host.Table(id).Schema(); // by the time this is answered all of them are in line
        Assert.False(first.IsCompleted);
        Assert.DoesNotContain(others, other => other.IsCompleted);

        host.Held.Release();
        Assert.Equal(new Ingested(1), (await first).Value);
        Assert.All(await Task.WhenAll(others), answer => Assert.Equal(new Ingested(2), answer.Value));
        Assert.Equal(2, host.Held.RowCommits);
        Assert.Equal("[\"0\"]\n" + string.Concat(Enumerable.Range(1, 99).Select(i => $"[\"{i}\"]\n[\"{i}b\"]\n")), await host.Rows(id));
        Assert.Equal(199, (await host.Table(id).Read()).Value!.Value.RowCount);
        Assert.Equal(
            [(1L, 1L, 1L), (198L, 2L, 199L)],
            (await host.Events()).Where(e => e.Type == "table.rows_ingested")
                .Select(e => (e.Data.GetProperty("count").GetInt64(), e.Data.GetProperty("first_seq").GetInt64(), e.Data.GetProperty("last_seq").GetInt64())));
    }

    [Fact]
    public async Task A_commit_is_bounded_by_rows()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var reached = host.Held.Hold();
        var batch = TableHost.Batch([.. Enumerable.Range(0, Limits.IngestRecords).Select(i => $"{i}")]);
        var callers = new List<Task<Outcome<Ingested>>> { host.Table(id).Ingest(batch) };
        await reached;
        callers.AddRange(Enumerable.Range(0, 50).Select(_ => host.Table(id).Ingest(batch)));
        await host.Table(id).Schema();

        host.Held.Release();
        await Task.WhenAll(callers);
        Assert.Equal(1 + 2, host.Held.RowCommits); // 40 batches fit one commit
        Assert.Equal(51 * Limits.IngestRecords, (await host.Table(id).Read()).Value!.Value.RowCount);
    }

    [Fact]
    public async Task Rows_that_would_pile_up_are_refused()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var reached = host.Held.Hold();
        var large = TableHost.Batch(new string('x', Limits.BodyBytes - 10));
        var callers = new List<Task<Outcome<Ingested>>> { host.Table(id).Ingest(TableHost.Batch("0")) };
        await reached;
        callers.AddRange(Enumerable.Range(0, 6).Select(_ => host.Table(id).Ingest(large)));
        await host.Table(id).Schema();

        await Assert.ThrowsAsync<LimitExceededException>(() => host.Table(id).Ingest(large));
        host.Held.Release();
        Assert.All(await Task.WhenAll(callers), answer => Assert.True(answer.Ok));
        Assert.Equal(7, (await host.Table(id).Read()).Value!.Value.RowCount);
    }

    [Fact]
    public async Task A_repeated_key_answers_as_the_first_time_and_inserts_nothing()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");

        Assert.Equal(new Ingested(2), (await host.Table(id).Ingest(TableHost.Keyed("k", "x", "y"))).Value);
        Assert.Equal(new Ingested(2), (await host.Table(id).Ingest(TableHost.Keyed("k", "x", "y"))).Value);
        await host.Restart();
        Assert.Equal(new Ingested(2), (await host.Table(id).Ingest(TableHost.Keyed("k", "x", "y"))).Value);
        Assert.Equal("idempotency_conflict", (await host.Table(id).Ingest(TableHost.Keyed("k", "x", "z"))).Failure?.Code);
        Assert.Equal(new Ingested(2), (await host.Table(id).Answered(TableHost.Keyed("k", "x", "y"))).Value);
        Assert.Equal("idempotency_conflict", (await host.Table(id).Answered(TableHost.Keyed("k", "z"))).Failure?.Code);
        Assert.Equal(Refusal.Missing, (await host.Table(id).Answered(TableHost.Keyed("new", "z"))).Failure?.Kind);
        Assert.Equal("[\"x\"]\n[\"y\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task The_same_key_twice_at_once_inserts_once()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var reached = host.Held.Hold();
        var blocker = host.Table(id).Ingest(TableHost.Batch("0"));
        await reached;
        var same = Enumerable.Range(0, 8).Select(_ => host.Table(id).Ingest(TableHost.Keyed("k", "x"))).ToList();
        var other = host.Table(id).Ingest(TableHost.Keyed("k", "y"));
        var unkeyed = host.Table(id).Ingest(TableHost.Batch("z"));
        await host.Table(id).Schema();

        host.Held.Release();
        Assert.All(await Task.WhenAll(same), answer => Assert.Equal(new Ingested(1), answer.Value));
        Assert.Equal("idempotency_conflict", (await other).Failure?.Code);
        Assert.True((await unkeyed).Ok && (await blocker).Ok);
        Assert.Equal("[\"0\"]\n[\"x\"]\n[\"z\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task A_key_is_free_again_after_its_retention()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Table(id).Ingest(TableHost.Keyed("k", "x"));
        host.Clock.Advance(Limits.AnswerRetention + TimeSpan.FromSeconds(1));

        Assert.True((await host.Table(id).Ingest(TableHost.Keyed("k", "other"))).Ok);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_of_unknown_fate_fails_its_callers_and_a_keyed_repeat_settles_it(bool stored)
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Table(id).Ingest(TableHost.Batch("0"));
        host.Held.Fail = (stored, new StoreException("disk full"));

        await Assert.ThrowsAsync<StoreException>(() => host.Table(id).Ingest(TableHost.Keyed("k", "x")));
        Assert.Equal(stored ? 2 : 1, (await host.Table(id).Read()).Value!.Value.RowCount);
        Assert.Equal(new Ingested(1), (await host.Table(id).Ingest(TableHost.Keyed("k", "x"))).Value);
        Assert.True((await host.Table(id).Ingest(TableHost.Batch("1"))).Ok);
        Assert.Equal("[\"0\"]\n[\"x\"]\n[\"1\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task Rows_read_against_older_columns_are_sent_back()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Import(id, ImportMode.Replace, "b\n1\n");

        Assert.Equal(Refusal.Stale, (await host.Table(id).Ingest(TableHost.Batch("x"))).Failure?.Kind);
        Assert.True((await host.Table(id).Ingest(TableHost.Batch("x") with { Schema = 2 })).Ok);
        Assert.Equal("[\"1\"]\n[\"x\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task Other_verbs_take_their_turn_with_the_pump()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var reached = host.Held.Hold();
        var ingest = host.Table(id).Ingest(TableHost.Batch("x"));
        await reached;
        var change = host.Table(id).Change(new("Renamed"), TableHost.By);
        var second = host.Table(id).Ingest(TableHost.Batch("y"));
        var rotate = host.Table(id).RotateWebhook(TableHost.By);
        await host.Table(id).Schema();
        Assert.False(ingest.IsCompleted || change.IsCompleted || second.IsCompleted || rotate.IsCompleted);

        host.Held.Release();
        Assert.True((await ingest).Ok && (await change).Ok && (await second).Ok && (await rotate).Ok);
        var table = (await host.Table(id).Read()).Value!;
        Assert.Equal(("Renamed", 2L, 5L), (table.Value.Name, table.Value.RowCount, table.Version));
        await host.Restart();
        Assert.Equal(5, (await host.Table(id).Read()).Value!.Version);
    }

    [Fact]
    public async Task Many_writers_of_all_kinds_leave_every_row_once_and_in_order()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var writers = Enumerable.Range(0, 32).Select(async client =>
        {
            for (var batch = 0; batch < 20; batch++)
            {
                Assert.True((await host.Table(id).Ingest(TableHost.Keyed($"{client}-{batch}", $"{client}-{batch}-0", $"{client}-{batch}-1"))).Ok);
            }
        });
        var append = Task.Run(() => host.Import(id, ImportMode.Append, "a\ncsv-0\ncsv-1\n"));
        var rename = Task.Run(() => host.Table(id).Change(new("Renamed"), TableHost.By));
        await Task.WhenAll([.. writers, append, rename]);

        var rows = (await host.Rows(id)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row[2..^2]).ToList();
        Assert.Equal(32 * 20 * 2 + 2, rows.Count);
        Assert.Equal(rows.Count, rows.Distinct().Count());
        for (var client = 0; client < 32; client++)
        {
            Assert.Equal(
                Enumerable.Range(0, 20).SelectMany(batch => new[] { $"{client}-{batch}-0", $"{client}-{batch}-1" }),
                rows.Where(row => row.StartsWith($"{client}-", StringComparison.Ordinal)));
        }
    }
}
