namespace Troupe.Storage;

/// <summary>Tags of records: any number a record, each found by its value.</summary>
public abstract class TagConformance(IEngine engine) : Suite(engine)
{
    private Task<List<string>> Tagged(string tag, string workspace = Here) => Ids(new() { Tag = tag, Limit = 2 }, workspace);

    private static RecordWrite With(RecordWrite write, string[] tagged, string[] untagged) => write with { Tagged = tagged, Untagged = untagged };

    [Fact]
    public async Task Records_are_found_by_any_of_their_tags_in_order_and_in_pages()
    {
        await Stored([.. Enumerable.Range(1, 5).Select(i => With(Write($"per_{i}"), i % 2 == 0 ? ["even", "all"] : ["all"], []))]);
        await Stored(new Change(There) { Records = [With(Write("per_9"), ["all"], [])] });
        Assert.Equal(["per_2", "per_4"], await Tagged("even"));
        Assert.Equal(["per_1", "per_2", "per_3", "per_4", "per_5"], await Tagged("all"));
        Assert.Equal(["per_5", "per_4", "per_3", "per_2", "per_1"], await Ids(new() { Tag = "all", Descending = true, Limit = 2 }));
        Assert.Equal(["per_9"], await Tagged("all", There));
        Assert.Empty(await Tagged("odd"));
        Assert.Empty(await Tagged("All"));
        Assert.Equal(5, await Open.Directory.Count(Person, Here, new() { Tag = "all" }));
    }

    [Fact]
    public async Task Tags_come_and_go_with_versions()
    {
        await Stored(With(Write("per_1"), ["a", "b"], []));
        await Stored(With(Write("per_1", 1), ["c", "b"], ["a", "never"]));
        Assert.Empty(await Tagged("a"));
        Assert.Equal(["per_1"], await Tagged("b"));
        Assert.Equal(["per_1"], await Tagged("c"));
        Assert.Equal(new(CommitStatus.Stale), await Commit(With(Write("per_1", 1), ["d"], ["b"])));
        Assert.Equal(["per_1"], await Tagged("b"));
        Assert.Empty(await Tagged("d"));
    }

    [Fact]
    public async Task A_deleted_record_is_found_by_no_tag()
    {
        await Stored(With(Write("per_1"), ["a"], []));
        await Stored(With(Write("per_1", 1, deleted: true), [], []));
        Assert.Empty(await Tagged("a"));
    }

    [Fact]
    public async Task A_tag_goes_together_with_filters_and_text()
    {
        await Stored(
            With(Write("per_1", city: "Oslo", search: "Ada Wong"), ["a"], []), With(Write("per_2", city: "Rome", search: "Ada Lovelace"), ["a"], []),
            Write("per_3", city: "Oslo", search: "Ada Wong"));
        Assert.Equal(["per_1"], await Ids(new() { Tag = "a", Filters = [new("city", Test.Equal, "Oslo")] }));
        Assert.Equal(["per_1"], await Ids(new() { Tag = "a", Text = "wong" }));
        Assert.Equal(["per_1"], await Ids(new() { Tag = "a", Text = "wo" }));
        Assert.Equal(["per_2"], await Ids(new() { Tag = "a", After = "per_1" }));
        Assert.Equal(["per_1", "per_2"], await Ids(new() { Tag = "a", Filters = [new("id", Test.AtLeast, "per_1"), new("created_at", Test.AtLeast, 0L)] }));
    }

    [Fact]
    public async Task Any_text_is_a_tag()
    {
        foreach (var (tag, i) in ((string[])["", "'", "k\u001fv", "Žluť 😀", new string('x', 300)]).Select((tag, i) => (tag, i)))
        {
            await Stored(With(Write($"per_{i}"), [tag], []));
            Assert.Equal([$"per_{i}"], await Tagged(tag));
        }
    }
}
