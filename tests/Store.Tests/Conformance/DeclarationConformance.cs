using System.Text.Json;

namespace Troupe.Storage;

/// <summary>Tables follow the declarations as they grow.</summary>
public abstract class DeclarationConformance(IEngine engine) : Suite(engine)
{
    private static readonly KindSchema Later = new(Person, [.. People.Facets, new("country"), new("nick", FacetType.Text, Unique: true)], Searchable: true)
    {
        Derive = body =>
        {
            using var json = JsonDocument.Parse(body);
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return ([Text("email"), Text("city"), null, null, Text("country"), Text("nick")], Text("about"));
        },
    };

    [Fact]
    public async Task A_facet_declared_later_is_filled_from_the_bodies()
    {
        await Stored([.. Enumerable.Range(0, 600).Select(i =>
            Write($"per_{i:d3}", body: $$"""{"country":"c{{i % 3}}","nick":"n{{i}}","about":"person number {{i}}"}"""))]);
        await Stored(Write("per_000", 1, deleted: true, body: """{"country":"c0","nick":"n1","about":"person number 0"}"""));
        await Restart([Later]);
        Assert.Equal(199, await Open.Directory.Count(Person, Here, new() { Filters = [new("country", Test.Equal, "c0")] }));
        Assert.Equal(["per_123"], await Ids(new() { Text = "number 123" }));
        Assert.Equal(599, await Open.Directory.Count(Person, Here, new() { Text = "number" }));
        var write = new RecordWrite(Person, "per_900", 0, Utf8("{}"), [null, null, null, null, null, "n7"], null, Noon);
        Assert.Equal(new(CommitStatus.Taken, "nick"), await Commit(write));
        Assert.Equal(1, (await Load("per_001"))!.Version);
    }

    [Fact]
    public async Task A_unique_facet_that_is_not_unique_is_refused_and_changes_nothing()
    {
        await Stored(Write("per_1", body: """{"nick":"n"}"""), Write("per_2", body: """{"nick":"n"}"""));
        var refused = await Assert.ThrowsAsync<StoreException>(() => Restart([Later]));
        Assert.Contains("person.nick", refused.Message, StringComparison.Ordinal);
        await Restart();
        Assert.Equal(["per_1", "per_2"], await Ids(new()));
    }

    [Fact]
    public async Task A_facet_no_longer_declared_can_come_back()
    {
        await Stored(Write("per_1", email: "a@x", city: "Oslo", body: """{"email":"a@x","city":"Oslo"}"""));
        await Restart([new(Person, [People.Facets[0]], Searchable: false)]);
        await Stored(new Change(Here) { Records = [new(Person, "per_1", 1, Utf8("""{"email":"a@x","city":"Rome"}"""), ["a@x"], null, Noon)] });
        await Assert.ThrowsAsync<ArgumentException>(() => Ids(new() { Filters = [new("city", Test.Equal, "Oslo")] }));
        await Restart([Later]);
        Assert.Equal(["per_1"], await Ids(new() { Filters = [new("city", Test.Equal, "Rome")] }));
    }

    [Fact]
    public async Task A_facet_of_a_log_declared_later_is_null_in_old_entries()
    {
        await Stored(new Change(Here) { Entries = [Note("per_1", 1, "open")] });
        await Restart(logs: [new("note", [.. Notes.Facets, new("author")])]);
        await Stored(new Change(Here) { Entries = [new("note", "per_1", 2, Utf8("{}"), ["open", null, null, "ada"], Noon)] });
        Assert.Equal([1L], await By(null));
        Assert.Equal([2L], await By("ada"));

        async Task<IEnumerable<long>> By(string? author) =>
            (await Open.Directory.Entries("note", Here, "per_1", new() { Filters = [new("author", Test.Equal, author)] })).Items.Select(e => e.Seq);
    }

    [Fact]
    public async Task A_facet_keeps_its_type()
    {
        var refused = await Assert.ThrowsAsync<StoreException>(() => Restart([new(Person, [new("email", FacetType.Integer)], Searchable: false)]));
        Assert.Contains("person.email", refused.Message, StringComparison.Ordinal);
        await Restart();
    }

    [Theory]
    [InlineData("Person")]
    [InlineData("per-son")]
    [InlineData("person\"; DROP TABLE note; --")]
    [InlineData("sqlite_master")]
    [InlineData("")]
    public async Task A_name_that_is_none_is_refused(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Restart([new(new(name, "per"), [], Searchable: false)]));

    [Theory]
    [InlineData("id")]
    [InlineData("body")]
    [InlineData("e mail")]
    public async Task A_facet_name_that_is_none_is_refused(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Restart([new(Person, [new(name)], Searchable: false)]));
}
