namespace Troupe.Storage;

/// <summary>All or nothing, each for itself, seen by every later read, there after a restart.</summary>
public abstract class CommitConformance(IEngine engine) : Suite(engine)
{
    private static Change Whole(string id, string log, string key) => new(Here)
    {
        Records = [Write(id, search: "whole")],
        Entries = [Note(id, 1)],
        Rows = [Lines(log, 1, "[1]")],
        Events = [Happened($"ev_{id}")],
        Answers = [Reply(key)],
        Audit = new($"aud_{id}", "key:trp_x", "person.created", id, "req_1", Noon),
    };

    [Fact]
    public async Task A_change_is_stored_with_all_its_parts_and_is_there_after_a_restart()
    {
        await Stored(Whole("per_1", "log_1", "k1"));
        for (var times = 0; times < 2; times++)
        {
            Assert.NotNull(await Load("per_1"));
            Assert.NotNull(await Open.Directory.Entry("note", Here, "per_1", 1));
            Assert.Equal(["[1]"], (await Read("log_1")).Lines);
            Assert.Equal("ev_per_1", Assert.Single(await Open.Outbox.Read(0, 10)).Event.Id);
            Assert.Single(await Open.Store.Answers(Here, "ingest:t", ["k1"]));
            Assert.Equal(["per_1"], await Ids(new() { Text = "whole" }));
            await Restart();
        }
    }

    [Fact]
    public async Task A_refused_part_takes_the_others_with_it()
    {
        await Stored(Whole("per_1", "log_1", "k1"));
        await Refused(CommitStatus.Stale, Whole("per_1", "log_2", "k2"));
        await Refused(CommitStatus.Stale, Whole("per_2", "log_1", "k2"));
        await Refused(CommitStatus.Taken, Whole("per_2", "log_2", "k1"));
        await Refused(CommitStatus.Stale, Whole("per_2", "log_2", "k2") with { Records = [Write("per_2"), Write("per_3", 4)] });
        Assert.Null(await Load("per_2"));
        Assert.Null(await Open.Directory.Entry("note", Here, "per_2", 1));
        Assert.Empty((await Read("log_2")).Lines);
        Assert.Single(await Open.Outbox.Read(0, 10));
        Assert.Empty(await Open.Store.Answers(Here, "ingest:t", ["k2"]));
        Assert.Equal(["per_1"], await Ids(new() { Text = "whole" }));
        await Stored(Whole("per_2", "log_2", "k2"));
    }

    [Fact]
    public async Task Concurrent_changes_stand_or_fall_alone()
    {
        await Stored(Write("per_0", email: "taken@x"));
        var answers = await Task.WhenAll(Enumerable.Range(1, 300).Select(i => (i % 3) switch
        {
            0 => Commit(Write($"per_{i}", 1)),
            1 => Commit(Write($"per_{i}", email: "taken@x")),
            _ => Commit(Write($"per_{i}", email: $"{i}@x")),
        }).Select(t => t.AsTask()));
        Assert.Equal(100, answers.Count(a => a.Status == CommitStatus.Stale));
        Assert.Equal(100, answers.Count(a => a == new Committed(CommitStatus.Taken, "email")));
        Assert.Equal(101, await Open.Directory.Count(Person, Here, new()));
    }

    [Fact]
    public async Task Of_many_that_decide_on_the_same_version_one_wins()
    {
        await Stored(Write("per_1"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await Commit(Write("per_1", 1, age: i)))));
        Assert.Single(answers, a => a.Status == CommitStatus.Stored);
        Assert.Equal(49, answers.Count(a => a.Status == CommitStatus.Stale));
        Assert.Equal(2, (await Load("per_1"))!.Version);
    }

    [Fact]
    public async Task Compare_and_set_loses_no_update()
    {
        await Stored(Write("per_1", age: 0));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 25;)
            {
                var version = (await Load("per_1"))!.Version;
                done += (await Commit(Write("per_1", version, age: version))).Status == CommitStatus.Stored ? 1 : 0;
            }
        })));
        Assert.Equal(201, (await Load("per_1"))!.Version);
    }

    [Fact]
    public async Task Every_read_sees_what_was_acknowledged_before_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var id = $"per_{caller}_{i:d2}";
                await Stored(new Change(Here)
                {
                    Records = [Write(id, city: id)],
                    Entries = [Note($"per_{caller}", i)],
                    Rows = [Lines($"log_{caller}", i + 1, "[1]")],
                });
                Assert.NotNull(await Load(id));
                Assert.Equal([id], await Ids(new() { Filters = [new("city", Test.Equal, id)] }));
                Assert.NotNull(await Open.Directory.Entry("note", Here, $"per_{caller}", i));
                Assert.Equal(i + 1, (await Read($"log_{caller}")).Lines.Length);
            }
        })));
        Assert.Equal(200, (await Ids(new() { Limit = 1000 })).Count);
    }

    [Fact]
    public async Task A_cancelled_caller_writes_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Open.Store.Commit(new(Here) { Records = [Write("per_1")] }, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Open.Store.Load(Person, Here, "per_1", cancelled));
        Assert.Null(await Load("per_1"));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        await Open.Storage.DisposeAsync();
        await Assert.ThrowsAsync<StoreException>(async () => await Commit(Write("per_1")));
        await Assert.ThrowsAsync<StoreException>(async () => await Load("per_1"));
        await Assert.ThrowsAsync<StoreException>(async () => await Open.Storage.Probe());
        await Restart();
        await Open.Storage.Probe();
        Assert.Null(await Load("per_1"));
    }
}
