using System.Text;

namespace Troupe.Storage;

/// <summary>Who did what, kept with the change and listed.</summary>
public abstract class AuditConformance(IEngine engine) : Suite(engine)
{
    private Task Did(string id, string actor, string action, string subject, int minute = 0, string workspace = Here) => Stored(new Change(workspace)
    {
        Audit = new(id, actor, action, subject, "req_1", Noon.AddMinutes(minute)) { Detail = Utf8($"{{\"of\":\"{id}\"}}") },
    });

    private async Task<string> List(Query query, string workspace = Here)
    {
        var ids = new List<string>();
        for (var next = query with { Limit = 2 }; ;)
        {
            var page = await Open.Audit.List(workspace, next);
            ids.AddRange(page.Items.Select(e => e.Id));
            if (page.Next is null)
            {
                return string.Join(' ', ids);
            }

            next = next with { After = page.Next };
        }
    }

    private async Task Seed()
    {
        await Did("a1", "key:x", "person.created", "per_1");
        await Did("a2", "key:y", "person.updated", "per_1", 1);
        await Did("a3", "key:x", "personnel.created", "per_2", 2);
        await Did("a4", "key:x", "person.created", "per_3", 3);
        await Did("a9", "key:x", "person.created", "per_1", workspace: There);
    }

    [Fact]
    public async Task An_entry_is_read_as_it_was_written()
    {
        await Did("a1", "key:x", "person.created", "per_1", 5);
        await Restart();
        var entry = Assert.Single((await Open.Audit.List(Here, new())).Items);
        Assert.Equal(("a1", "key:x", "person.created", "per_1", "req_1"), (entry.Id, entry.Actor, entry.Action, entry.Subject, entry.RequestId));
        Assert.Equal((Noon.AddMinutes(5), "{\"of\":\"a1\"}"), (entry.Time, Encoding.UTF8.GetString(entry.Detail.Span)));
    }

    [Fact]
    public async Task Entries_are_listed_by_workspace_both_ways()
    {
        await Seed();
        Assert.Equal("a1 a2 a3 a4", await List(new()));
        Assert.Equal("a4 a3 a2 a1", await List(new() { Descending = true }));
        Assert.Equal("a9", await List(new(), There));
    }

    [Fact]
    public async Task Entries_are_filtered()
    {
        await Seed();
        Assert.Equal("a1 a3 a4", await List(new() { Filters = [new("actor", Test.Equal, "key:x")] }));
        Assert.Equal("a2 a1", await List(new() { Filters = [new("subject", Test.Equal, "per_1")], Descending = true }));
        Assert.Equal("a1 a2 a4", await List(new() { Filters = [new("action", Test.AtLeast, "person."), new("action", Test.Less, "person/")] }));
        Assert.Equal(
            "a2 a3",
            await List(new() { Filters = [new("time", Test.AtLeast, Minute(1)), new("time", Test.Less, Minute(3))] }));

        static long Minute(int minute) => Noon.AddMinutes(minute).ToUnixTimeMilliseconds();
    }

    [Fact]
    public async Task A_refused_change_leaves_no_entry()
    {
        await Refused(CommitStatus.Stale, new(Here) { Records = [Write("per_1", 3)], Audit = new("a1", "key:x", "person.updated", "per_1", "", Noon) });
        Assert.Empty((await Open.Audit.List(Here, new())).Items);
    }
}
