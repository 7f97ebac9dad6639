namespace Troupe.Storage;

/// <summary>The runtime's reminders.</summary>
public abstract class ReminderConformance(IEngine engine) : Suite(engine)
{
    private static readonly GrainId Job = new("JobGrain", "ws/job_1");

    private static ReminderEntry Entry(string name, int partition = 3, int due = 0, GrainId? grain = null) =>
        new(grain ?? Job, partition, name, Noon, Noon.AddMilliseconds(due), TimeSpan.FromMinutes(1), 0);

    private async Task<string[]> Due(int[] partitions, double before, int limit = 100) =>
        [.. (await Open.Reminders.Due(partitions, Noon.AddMilliseconds(before), limit)).Select(e => e.Name)];

    [Fact]
    public async Task A_reminder_is_found_as_it_was_set_also_after_a_restart()
    {
        var set = await Open.Reminders.Upsert(Entry("tick", due: 1500));
        Assert.Equal(Entry("tick", due: 1500) with { Version = set.Version }, set);
        await Restart();
        Assert.Equal(set, await Open.Reminders.Find(Job, "tick"));
        Assert.Null(await Open.Reminders.Find(Job, "tock"));
        Assert.Null(await Open.Reminders.Find(new("JobGrain", "ws/job_2"), "tick"));
        Assert.Null(await Open.Reminders.Find(new("SpinnerGrain", "ws/job_1"), "tick"));
    }

    [Fact]
    public async Task Setting_again_replaces_and_changes_the_version()
    {
        var first = await Open.Reminders.Upsert(Entry("tick"));
        var second = await Open.Reminders.Upsert(Entry("tick", due: 99));
        Assert.NotEqual(first.Version, second.Version);
        Assert.Equal([second], await Open.Reminders.All(Job));
    }

    [Fact]
    public async Task Due_ones_come_earliest_first_from_the_partitions_asked_for()
    {
        await Open.Reminders.Upsert(Entry("c", partition: 1, due: 30));
        await Open.Reminders.Upsert(Entry("a", partition: 2, due: 10));
        await Open.Reminders.Upsert(Entry("b", partition: 1, due: 20));
        await Open.Reminders.Upsert(Entry("x", partition: 9, due: 5));
        Assert.Equal(["a", "b"], await Due([1, 2], 30));
        Assert.Equal(["a", "b", "c"], await Due([1, 2, 3], 30.5));
        Assert.Equal(["a", "b"], await Due([2, 1], 1000, limit: 2));
        Assert.Equal(["x"], await Due([9], 1000));
        Assert.Empty(await Due([], 1000));
        Assert.Equal(["x", "a", "b", "c"], await Due([.. Enumerable.Range(0, 1024)], 1000));
    }

    [Fact]
    public async Task A_handled_tick_moves_the_due_time_unless_the_reminder_changed()
    {
        var tick = await Open.Reminders.Upsert(Entry("tick"));
        var moved = await Open.Reminders.Upsert(Entry("moved"));
        var gone = await Open.Reminders.Upsert(Entry("gone"));
        await Open.Reminders.Upsert(Entry("moved", due: 7));
        await Open.Reminders.Remove(Job, "gone");
        await Open.Reminders.Advance([.. new[] { tick, moved, gone }.Select(e => e with { DueAt = Noon.AddMinutes(1) })]);
        Assert.Equal(["moved"], await Due([3], 1000));
        var advanced = (await Open.Reminders.Find(Job, "tick"))!;
        Assert.Equal((Noon, Noon.AddMinutes(1)), (advanced.FirstDueAt, advanced.DueAt));
        Assert.NotEqual(tick.Version, advanced.Version);
        await Open.Reminders.Advance([tick with { DueAt = Noon.AddMinutes(2) }]);
        Assert.Equal(Noon.AddMinutes(1), (await Open.Reminders.Find(Job, "tick"))!.DueAt);
    }

    [Fact]
    public async Task One_removed_and_set_again_is_another()
    {
        var before = await Open.Reminders.Upsert(Entry("tick"));
        Assert.True(await Open.Reminders.Remove(Job, "tick"));
        Assert.False(await Open.Reminders.Remove(Job, "tick"));
        await Open.Reminders.Upsert(Entry("tick"));
        await Open.Reminders.Advance([before with { DueAt = Noon.AddMinutes(1) }]);
        Assert.Equal(["tick"], await Due([3], 1));
    }

    [Fact]
    public async Task All_gives_those_of_one_grain()
    {
        await Open.Reminders.Upsert(Entry("b"));
        await Open.Reminders.Upsert(Entry("a"));
        await Open.Reminders.Upsert(Entry("c", grain: new("JobGrain", "ws/job_2")));
        Assert.Equal(["a", "b"], (await Open.Reminders.All(Job)).Select(e => e.Name).Order());
    }
}
