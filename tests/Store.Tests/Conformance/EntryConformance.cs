using System.Text;

namespace Troupe.Storage;

/// <summary>Logs: entries by owner and sequence number, replaced in place.</summary>
public abstract class EntryConformance(IEngine engine) : Suite(engine)
{
    private async Task<List<long>> Seqs(string owner, Query query, string workspace = Here)
    {
        var seqs = new List<long>();
        for (var next = query; ;)
        {
            var page = await Open.Directory.Entries("note", workspace, owner, next);
            seqs.AddRange(page.Items.Select(e => e.Seq));
            if (page.Next is null)
            {
                return seqs;
            }

            next = next with { After = page.Next };
        }
    }

    [Fact]
    public async Task An_entry_is_read_as_it_was_written()
    {
        await Stored(new Change(Here) { Entries = [new("note", "per_1", 7, Utf8("{\"a\":1}"), ["open", 5L, 0.5], Noon)] });
        var entry = (await Open.Directory.Entry("note", Here, "per_1", 7))!;
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(entry.Body.Span));
        Assert.Equal(["open", 5L, 0.5], entry.Facets);
        Assert.Equal((7L, Noon, Noon), (entry.Seq, entry.CreatedAt, entry.UpdatedAt));
        Assert.Null(await Open.Directory.Entry("note", Here, "per_1", 8));
        Assert.Null(await Open.Directory.Entry("note", Here, "per_2", 7));
        Assert.Null(await Open.Directory.Entry("note", There, "per_1", 7));
    }

    [Fact]
    public async Task Writing_a_key_again_replaces_the_entry_and_keeps_when_it_was_made()
    {
        await Stored(new Change(Here) { Entries = [Note("per_1", 1, "started", due: 5), Note("per_1", 2, "started")] });
        await Stored(new Change(Here) { Entries = [Note("per_1", 1, "completed", body: "{\"b\":2}", time: Noon.AddMinutes(1))] });
        var entry = (await Open.Directory.Entry("note", Here, "per_1", 1))!;
        Assert.Equal(["completed", null, null], entry.Facets);
        Assert.Equal((Noon, Noon.AddMinutes(1)), (entry.CreatedAt, entry.UpdatedAt));
        Assert.Equal([2L], await Seqs("per_1", new() { Filters = [new("status", Test.Equal, "started")] }));
        Assert.Empty(await Seqs("per_1", new() { Filters = [new("due_at", Test.AtMost, 9L)] }));
    }

    [Fact]
    public async Task Entries_are_listed_by_number_in_pages()
    {
        await Stored(new Change(Here) { Entries = [.. Enumerable.Range(1, 25).Select(i => Note("per_1", i, i % 2 == 0 ? "even" : "odd"))] });
        var all = Enumerable.Range(1, 25).Select(i => (long)i).ToList();
        Assert.Equal(all, await Seqs("per_1", new() { Limit = 7 }));
        Assert.Equal(Enumerable.Reverse(all), await Seqs("per_1", new() { Limit = 5, Descending = true }));
        Assert.Equal(all.Where(i => i % 2 == 0), await Seqs("per_1", new() { Limit = 4, Filters = [new("status", Test.Equal, "even")] }));
        Assert.Equal([11L, 12L], await Seqs("per_1", new() { Filters = [new("id", Test.Greater, 10L), new("id", Test.AtMost, 12L)] }));
    }

    [Fact]
    public async Task Entries_can_be_ordered_by_a_facet()
    {
        long?[] due = [30, null, 10, 20, 10];
        await Stored(new Change(Here) { Entries = [.. due.Select((at, i) => Note("per_1", i + 1, due: at))] });
        Assert.Equal([3L, 5L, 4L], await Seqs("per_1", new() { By = "due_at", Filters = [new("due_at", Test.AtMost, 20L)] }));
        Assert.Equal([3L], await Seqs("per_1", new() { By = "due_at", Limit = 1 }));
        Assert.Equal([1L], await Seqs("per_1", new() { By = "due_at", Limit = 1, Descending = true }));
    }

    [Fact]
    public async Task Owners_and_workspaces_are_apart()
    {
        await Stored(new Change(Here) { Entries = [Note("per_1", 1), Note("per_2", 1), Note("per_1", 2), Note("per_2", 2), Note("per_1", 3)] });
        await Stored(new Change(There) { Entries = [Note("per_1", 9)] });
        Assert.Equal([1L, 2L, 3L], await Seqs("per_1", new()));
        Assert.Equal([1L, 2L], await Seqs("per_2", new()));
        Assert.Equal([9L], await Seqs("per_1", new(), There));
        Assert.Empty(await Seqs("per_3", new()));
    }

    [Fact]
    public async Task What_does_not_fit_the_declaration_throws()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(new(Here) { Entries = [Note("per_1", 1) with { Log = "ghost" }] }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(new(Here) { Entries = [Note("per_1", 1) with { Facets = [] }] }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Directory.Entries("ghost", Here, "per_1", new()));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Directory.Entries("note", Here, "per_1", new() { After = "x" }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Directory.Entries("note", Here, "per_1", new() { Text = "x" }));
    }
}
