namespace Troupe.Storage;

/// <summary>A change that relies on records of others.</summary>
public abstract class ReferenceConformance(IEngine engine) : Suite(engine)
{
    private static Change Relying(string id, params Reference[] on) => new(Here) { Records = [Write(id)], Events = [Happened($"ev_{id}")], References = on };

    [Fact]
    public async Task A_change_that_relies_on_live_records_is_stored()
    {
        await Stored(Write("per_1"), Write("per_2"));
        await Stored(Relying("per_3", new("friend_id", Person, "per_1"), new("boss_id", Person, "per_2")));
    }

    [Fact]
    public async Task The_field_that_names_nothing_is_told_and_nothing_is_written()
    {
        await Stored(Write("per_1"), Write("per_2"));
        await Stored(Write("per_2", 1, deleted: true));
        await Stored(new Change(There) { Records = [Write("per_9")] });
        foreach (var id in (string[])["per_none", "per_2", "per_9", "", "'"])
        {
            var committed = await Open.Store.Commit(Relying("per_3", new("friend_id", Person, "per_1"), new("boss_id", Person, id)));
            Assert.Equal(new(CommitStatus.Missing, "boss_id"), committed);
        }

        Assert.Null(await Load("per_3"));
        Assert.Empty(await Open.Outbox.Read(0, 10));
    }

    [Fact]
    public async Task What_a_change_itself_brings_does_not_count()
    {
        Assert.Equal(new(CommitStatus.Missing, "self_id"), await Open.Store.Commit(Relying("per_1", new Reference("self_id", Person, "per_1"))));
        await Stored(Relying("per_1"));
    }

    [Fact]
    public async Task A_missing_record_is_told_before_anything_else()
    {
        await Stored(Write("per_1"));
        Assert.Equal(new(CommitStatus.Missing, "boss_id"), await Open.Store.Commit(Relying("per_1", new Reference("boss_id", Person, "per_none"))));
    }

    [Fact]
    public async Task An_undeclared_kind_is_a_bug() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Open.Store.Commit(Relying("per_1", new Reference("x_id", new("ghost", "gho"), "gho_1"))));
}
