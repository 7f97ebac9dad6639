using System.Text;

namespace Troupe.Storage;

/// <summary>Versions, unique facets, tombstones.</summary>
public abstract class RecordConformance(IEngine engine) : Suite(engine)
{
    [Fact]
    public async Task A_record_is_loaded_as_it_was_written()
    {
        await Stored(Write("per_1", body: """{"name":"Žofie"}"""));
        await Stored(Write("per_1", 1, body: """{"name":"Sofie"}""", time: Noon.AddMinutes(5)));
        var loaded = (await Load("per_1"))!;
        Assert.Equal("""{"name":"Sofie"}""", Encoding.UTF8.GetString(loaded.Body.Span));
        Assert.Equal(("per_1", 2L, Noon, Noon.AddMinutes(5), false), (loaded.Id, loaded.Version, loaded.CreatedAt, loaded.UpdatedAt, loaded.Deleted));
    }

    [Fact]
    public async Task An_unknown_record_is_null() => Assert.Null(await Load("per_none"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_decision_on_another_version_is_stale_and_writes_nothing(long version)
    {
        await Stored(Write("per_1", city: "Oslo"));
        await Stored(Write("per_1", 1, city: "Bergen"));
        Assert.Equal(new(CommitStatus.Stale), await Commit(Write("per_1", version, city: "Rome", body: "{\"x\":1}")));
        Assert.Equal(2, (await Load("per_1"))!.Version);
        Assert.Equal(["per_1"], await Ids(new() { Filters = [new("city", Test.Equal, "Bergen")] }));
    }

    [Fact]
    public async Task A_change_of_a_record_that_is_not_there_is_stale()
    {
        Assert.Equal(new(CommitStatus.Stale), await Commit(Write("per_1", 1)));
        Assert.Null(await Load("per_1"));
    }

    [Fact]
    public async Task A_unique_facet_is_held_by_one_live_record_of_a_workspace()
    {
        await Stored(Write("per_1", email: "a@x"));
        Assert.Equal(new(CommitStatus.Taken, "email"), await Commit(Write("per_2", email: "a@x")));
        Assert.Null(await Load("per_2"));
        await Stored(Write("per_1", 1, email: "a@x", city: "Oslo"));
        await Stored(Write("per_2", email: "A@x"));
        Assert.Equal(new(CommitStatus.Taken, "email"), await Commit(Write("per_2", 1, email: "a@x")));
        await Stored(new Change(There) { Records = [Write("per_2", email: "a@x")] });
    }

    [Fact]
    public async Task Records_without_a_value_of_a_unique_facet_do_not_meet()
    {
        await Stored(Write("per_1"));
        await Stored(Write("per_2"));
        await Stored(Write("per_3", email: ""));
        Assert.Equal(new(CommitStatus.Taken, "email"), await Commit(Write("per_4", email: "")));
    }

    [Fact]
    public async Task A_deleted_record_is_a_tombstone_and_frees_what_it_held()
    {
        await Stored(Write("per_1", email: "a@x", search: "Ada"));
        await Stored(Write("per_1", 1, email: "a@x", search: "Ada", deleted: true));
        var tombstone = (await Load("per_1"))!;
        Assert.True(tombstone.Deleted);
        Assert.Equal(2, tombstone.Version);
        Assert.Empty(await Ids(new()));
        Assert.Empty(await Ids(new() { Text = "ada" }));
        Assert.Equal(0, await Open.Directory.Count(Person, Here, new()));
        Assert.Equal(new(CommitStatus.Stale), await Commit(Write("per_1")));
        await Stored(Write("per_2", email: "a@x"));
    }

    [Fact]
    public async Task A_tombstone_can_live_again_if_its_facets_are_free()
    {
        await Stored(Write("per_1", email: "a@x", search: "Ada"));
        await Stored(Write("per_1", 1, deleted: true));
        await Stored(Write("per_2", email: "a@x"));
        Assert.Equal(new(CommitStatus.Taken, "email"), await Commit(Write("per_1", 2, email: "a@x")));
        await Stored(Write("per_1", 2, email: "b@x", search: "Ada again"));
        Assert.False((await Load("per_1"))!.Deleted);
        Assert.Equal(["per_1"], await Ids(new() { Text = "again" }));
    }

    [Fact]
    public async Task Records_of_one_change_are_judged_in_their_order()
    {
        await Stored(Write("per_1", email: "a@x"));
        await Stored(Write("per_1", 1, email: "b@x"), Write("per_2", email: "a@x"));
        await Stored(Write("per_3"), Write("per_3", 1, city: "Oslo"));
        Assert.Equal(2, (await Load("per_3"))!.Version);
        Assert.Equal(new(CommitStatus.Taken, "email"), await Commit(Write("per_4", email: "c@x"), Write("per_5", email: "c@x")));
        Assert.Null(await Load("per_4"));
    }

    [Fact]
    public async Task Workspaces_do_not_see_each_other()
    {
        await Stored(Write("per_1"));
        Assert.Null(await Load("per_1", There));
        Assert.Empty(await Ids(new(), There));
        await Stored(new Change(There) { Records = [Write("per_1")] });
        Assert.Equal(1, (await Load("per_1"))!.Version);
    }

    [Fact]
    public async Task Bodies_are_bytes()
    {
        var large = new byte[5_000_000];
        new Random(7).NextBytes(large);
        await Stored(new Change(Here) { Records = [Write("per_1") with { Body = large }, Write("per_2") with { Body = default }] });
        Assert.Equal(large, (await Load("per_1"))!.Body.ToArray());
        Assert.Empty((await Load("per_2"))!.Body.ToArray());
    }

    [Fact]
    public async Task What_does_not_fit_the_declaration_is_a_bug_and_writes_nothing()
    {
        var unknown = new RecordWrite(new("ghost", "gho"), "gho_1", 0, Utf8("{}"), [], null, Noon);
        await Assert.ThrowsAsync<ArgumentException>(() => Commit(Write("per_1"), unknown).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Commit(Write("per_1") with { Facets = ["a@x"] }).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Commit(Write("per_1") with { Facets = [null, null, "41", null] }).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Commit(Write("per_1") with { Facets = [null, null, 41, null] }).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Load(new("ghost", "gho"), Here, "gho_1"));
        Assert.Null(await Load("per_1"));
    }
}
