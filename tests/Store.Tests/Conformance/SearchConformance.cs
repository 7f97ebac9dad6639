namespace Troupe.Storage;

/// <summary>Free text: a case-insensitive substring, however short, whatever its characters.</summary>
public abstract class SearchConformance(IEngine engine) : Suite(engine)
{
    [Theory]
    [InlineData("Ada", "1")]
    [InlineData("ada love", "1")]
    [InlineData("LOVELACE", "1")]
    [InlineData("velac", "1")]
    [InlineData("@example.com", "1 2")]
    [InlineData("lovelace\nada@", "1")]
    [InlineData("ö", "2")]
    [InlineData("GÖDEL", "2")]
    [InlineData("kurt gödel", "2")]
    [InlineData("a", "1 2 4")]
    [InlineData("de", "2")]
    [InlineData("100%", "3")]
    [InlineData("0% \"", "3")]
    [InlineData("% ", "3")]
    [InlineData("x_y", "3")]
    [InlineData("xay", "")]
    [InlineData("OR *", "3")]
    [InlineData("'; --", "3")]
    [InlineData("👩‍🚀", "4")]
    [InlineData("👩", "4")]
    [InlineData("дом", "4")]
    [InlineData("ДО", "4")]
    [InlineData("nothing", "")]
    [InlineData("zz", "")]
    [InlineData("", "1 2 3 4 5")]
    public async Task A_text_is_found_wherever_it_stands(string text, string expected)
    {
        await Stored(
            Write("per_1", search: "Ada Lovelace\nada@example.com"),
            Write("per_2", search: "Kurt Gödel\nkurt@example.com"),
            Write("per_3", search: "100% \"x_y\" OR * '; --"),
            Write("per_4", search: "👩‍🚀 Дом на луне: café"),
            Write("per_5"));
        await Stored(new Change(There) { Records = [Write("per_6", search: "Ada Lovelace")] });
        var ids = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"per_{n}").ToList();
        Assert.Equal(ids, await Ids(new() { Text = text, Limit = 2 }));
        Assert.Equal(ids.Count, await Open.Directory.Count(Person, Here, new() { Text = text }));
    }

    [Fact]
    public async Task A_text_is_found_with_filters_and_in_either_order()
    {
        await Stored([.. Enumerable.Range(0, 20).Select(i => Write($"per_{i:d2}", city: i % 2 == 0 ? "Oslo" : "Rome", search: $"number {i} of many"))]);
        Assert.Equal(10, (await Ids(new() { Text = "of many", Filters = [new("city", Test.Equal, "Oslo")], Limit = 3 })).Count);
        Assert.Equal(["per_18", "per_16"], (await Ids(new() { Text = "of many", Filters = [new("city", Test.Equal, "Oslo")], Descending = true })).Take(2));
    }

    [Fact]
    public async Task A_search_sees_the_last_version_only()
    {
        await Stored(Write("per_1", search: "first text"));
        await Stored(Write("per_1", 1, search: "second text"));
        Assert.Empty(await Ids(new() { Text = "first" }));
        Assert.Equal(["per_1"], await Ids(new() { Text = "second" }));
        await Stored(Write("per_1", 2, search: null));
        Assert.Empty(await Ids(new() { Text = "second" }));
        Assert.Empty(await Ids(new() { Text = "se" }));
        await Stored(Write("per_1", 3, search: "second again"));
        await Stored(Write("per_1", 4, search: "second again", city: "Oslo"));
        Assert.Equal(["per_1"], await Ids(new() { Text = "second" }));
    }

    [Fact]
    public async Task A_refused_change_leaves_no_text_behind()
    {
        await Stored(Write("per_1", search: "kept"));
        await Refused(CommitStatus.Stale, new(Here) { Records = [Write("per_2", search: "lost"), Write("per_1", search: "lost")] });
        Assert.Empty(await Ids(new() { Text = "lost" }));
        Assert.Equal(["per_1"], await Ids(new() { Text = "kept" }));
    }
}
