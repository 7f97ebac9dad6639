using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class ImportTests
{
    [Fact]
    public async Task A_first_import_fixes_columns_and_rows_in_one_commit()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make();

        var table = (await host.Import(id, ImportMode.First, "a,b\n1,2\n3,4\n")).Value!.Value;
        Assert.Equal((2L, 2), (table.RowCount, table.Schema));
        Assert.Equal(["a", "b"], table.Columns.Select(column => column.Name));
        await host.Restart();
        Assert.Equal("[\"1\",\"2\"]\n[\"3\",\"4\"]\n", await host.Rows(id));
        var told = Assert.Single(await host.Events(), e => e.Type == "table.imported").Data;
        Assert.Equal((2, 1, 2, "first"),
            (told.GetProperty("count").GetInt32(), told.GetProperty("first_seq").GetInt32(), told.GetProperty("last_seq").GetInt32(),
            told.GetProperty("mode").GetString()));
    }

    [Fact]
    public async Task A_file_without_rows_fixes_the_columns_only()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make();

        Assert.Equal(0, (await host.Import(id, ImportMode.First, "a,b\n")).Value!.Value.RowCount);
        Assert.True((await host.Table(id).Ingest(new(2, 1, "[1,2]\n"u8.ToArray()))).Ok);
        Assert.Equal("[1,2]\n", await host.Rows(id));
    }

    [Fact]
    public async Task A_second_first_import_is_refused_unless_it_replaces()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make();
        await host.Import(id, ImportMode.First, "a,b\n1,2\n");
        await host.Table(id).Change(new(MetadataFields: ["b"]), TableHost.By);

        Assert.Equal("table_not_empty", (await host.Import(id, ImportMode.First, "a,b\n3,4\n")).Failure?.Code);
        var replaced = (await host.Import(id, ImportMode.Replace, "b,c\n5,6\n7,8\n")).Value!.Value;
        Assert.Equal((2L, 3), (replaced.RowCount, replaced.Schema));
        Assert.Equal([new Column("b", Metadata: true), new Column("c")], replaced.Columns);
        Assert.Equal("[\"5\",\"6\"]\n[\"7\",\"8\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task An_append_goes_behind_the_rows_that_came_in_meanwhile()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Table(id).Ingest(TableHost.Batch("0"));

        var appended = await host.Import(id, ImportMode.Append, "a\n2\n3\n", async () => Assert.True((await host.Table(id).Ingest(TableHost.Batch("1"))).Ok));
        Assert.Equal(4, appended.Value!.Value.RowCount);
        Assert.Equal("[\"0\"]\n[\"1\"]\n[\"2\"]\n[\"3\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task An_append_to_a_table_without_columns_or_with_others_is_refused()
    {
        await using var host = await TableHost.Start();
        var (empty, other) = (await host.Make(), await host.Make("a"));

        Assert.Equal("table_has_no_schema", (await host.Import(empty, ImportMode.Append, "a\n1\n")).Failure?.Code);
        Assert.Equal("schema_mismatch", (await host.Import(other, ImportMode.Append, "b\n1\n")).Failure?.Code);
        Assert.Equal("", await host.Rows(other));
    }

    [Fact]
    public async Task Of_two_first_imports_at_once_one_is_kept()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make();
        Outcome<Stored<DataTable>> inner = default;

        var outer = await host.Import(id, ImportMode.First, "a\n1\n", async () => inner = await host.Import(id, ImportMode.First, "a\n2\n"));
        Assert.True(inner.Ok);
        Assert.Equal("table_not_empty", outer.Failure?.Code);
        Assert.Equal("[\"2\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task A_file_staged_for_columns_that_are_gone_is_refused()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");

        var appended = await host.Import(id, ImportMode.Append, "a\n1\n", async () => Assert.True((await host.Import(id, ImportMode.Replace, "b\n2\n")).Ok));
        Assert.Equal("table_changed", appended.Failure?.Code);
        Assert.Equal("[\"2\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task Metadata_chosen_while_a_file_came_in_stays_chosen()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a", "b");

        var imported = await host.Import(id, ImportMode.First, "a,b\n1,2\n", async () =>
            Assert.True((await host.Table(id).Change(new(MetadataFields: ["b"]), TableHost.By)).Ok));
        Assert.Equal([new Column("a"), new Column("b", Metadata: true)], imported.Value!.Value.Columns);
        Assert.Equal(1, imported.Value.Value.Schema);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_out_of_use_are_kept_for_running_jobs_and_erased_after_their_time(bool delete)
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Table(id).Ingest(TableHost.Batch("0"));
        var before = (await host.Source(id).Snapshot()).Value!;
        Assert.True((delete ? await host.Table(id).Delete(TableHost.By) : await host.Import(id, ImportMode.Replace, "a\n1\n")).Ok);

        host.Clock.Advance(Limits.RowsKept - TimeSpan.FromMinutes(1));
        Assert.Equal("[\"0\"]\n", await host.Rows(id, before.Log));
        await Elapse(host, TimeSpan.FromMinutes(1));
        Assert.Equal("", await host.Rows(id, before.Log));
        if (!delete)
        {
            Assert.Equal("[\"1\"]\n", await host.Rows(id));
        }
    }

    [Fact]
    public async Task Rows_whose_deletion_failed_are_not_erased()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        await host.Table(id).Ingest(TableHost.Batch("0"));
        host.Held.Fail = (false, new StoreException("disk full"));
        await Assert.ThrowsAsync<StoreException>(() => host.Table(id).Delete(TableHost.By));
        Assert.Single(host.Reminders.Entries);

        await Elapse(host, Limits.RowsKept);
        Assert.Equal("[\"0\"]\n", await host.Rows(id));
    }

    /// <summary>Lets the time of a reminder come, and waits until it has done its work.</summary>
    private static async Task Elapse(TableHost host, TimeSpan time)
    {
        var removed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Reminders.Before = operation => _ = operation == nameof(IReminderTable.Remove) && removed.TrySetResult();
        host.Clock.Advance(time);
        await removed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
