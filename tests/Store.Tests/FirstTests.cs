using System.Text;
using Troupe.Tests;
namespace Troupe.Store;

public sealed class FirstTests
{
    [Fact]
    public async Task All_ports_answer()
    {
        var kind = new Kind("contact", "con");
        await using var store = await TempStore.Open([new(kind, [new("email", FacetType.Text, Unique: true), new("age", FacetType.Integer)], true)], [new("note", [new("status"), new("due_at", FacetType.Integer) { Sparse = true }])]);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_760_000_000_000);
        var body = Encoding.UTF8.GetBytes("{}");
        RecordWrite W(string id, long version, string email, long age, string? search, bool deleted = false) => new(kind, id, version, body, [email, age], search, now, deleted);
        Assert.Equal(CommitStatus.Stored, (await store.Store.Commit(new("w") { Records = [W("con_1", 0, "a@x", 3, "Ada Lovelace")], Entries = [new("note", "con_1", 1, body, ["open", null], now), new("note", "con_1", 2, body, ["open", 7L], now)], Events = [new("ev_1", "contact.created", "con_1", now, body)], Answers = [new("s", "k", body, body, now)], Audit = new("aud_1", "me", "contact.created", "con_1", "", now) })).Status);
        Assert.Equal(CommitStatus.Stale, (await store.Store.Commit(new("w") { Records = [W("con_1", 0, "a@x", 3, null)] })).Status);
        Assert.Equal(new Committed(CommitStatus.Taken, "email"), await store.Store.Commit(new("w") { Records = [W("con_2", 0, "a@x", 3, null)] }));
        Assert.Equal(CommitStatus.Stored, (await store.Store.Commit(new("w") { Records = [W("con_1", 1, "a@x", 3, "Ada Byron")] })).Status);
        Assert.Single((await store.Directory.List(kind, "w", new() { Text = "BYRON" })).Items);
        Assert.Empty((await store.Directory.List(kind, "w", new() { Text = "love" })).Items);
        Assert.Single((await store.Directory.List(kind, "w", new() { Text = "by", Filters = [new("age", Test.AtLeast, 3L), new("email", Test.Equal, "a@x")], By = "age" })).Items);
        Assert.Equal(1, await store.Directory.Count(kind, "w", new() { Text = "Ada" }));
        Assert.Equal(2, (await store.Directory.Entries("note", "w", "con_1", new())).Items.Count);
        Assert.Equal(2, (await store.Directory.Entries("note", "w", "con_1", new() { By = "due_at", Filters = [new("due_at", Test.AtMost, 9L)] })).Items.Single().Seq);
        Assert.Single(await store.Outbox.Read(0, 10));
        Assert.Equal(CommitStatus.Stored, (await store.Store.Commit(new("w") { Rows = [new RowWrite.Append("log", 1, 2, body, now)] })).Status);
        await store.Rows.Stage("w", "stage", new(1, 3, body, now));
        Assert.Equal(CommitStatus.Stored, (await store.Store.Commit(new("w") { Rows = [new RowWrite.Adopt("log", "stage", 2)] })).Status);
        Assert.Equal([1L, 3L], (await store.Rows.Read("w", "log", 2, 100)).Select(s => s.FirstSeq));
        var reminder = await store.Reminders.Upsert(new(new("T", "k"), 5, "r", now, now, TimeSpan.FromMinutes(1), 0));
        Assert.Equal([reminder], await store.Reminders.Due([5], now.AddTicks(10000), 10));
        await store.Database.Sweep();
        await using var again = await store.Reopen([new(kind, [new("email", FacetType.Text, Unique: true), new("age", FacetType.Integer)], true)], []);
        Assert.Equal(2, (await again.Store.Load(kind, "w", "con_1"))!.Version);
    }
}
