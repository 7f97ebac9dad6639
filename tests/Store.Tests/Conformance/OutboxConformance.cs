using System.Text;

namespace Troupe.Storage;

/// <summary>Events in the order of their commits.</summary>
public abstract class OutboxConformance(IEngine engine) : Suite(engine)
{
    private Task Happen(string id, DateTimeOffset? time = null) => Stored(new Change(Here) { Events = [Happened(id, "{\"n\":1}", time)] });

    [Fact]
    public async Task Events_are_read_in_order_after_a_position()
    {
        for (var i = 0; i < 5; i++)
        {
            await Stored(new Change(i % 2 == 0 ? Here : There) { Events = [Happened($"ev_{i}a"), Happened($"ev_{i}b", "{\"n\":1}")] });
        }

        var all = await Open.Outbox.Read(0, 100);
        Assert.Equal(["ev_0a", "ev_0b", "ev_1a", "ev_1b", "ev_2a", "ev_2b", "ev_3a", "ev_3b", "ev_4a", "ev_4b"], all.Select(e => e.Event.Id));
        Assert.Equal(all.Select(e => e.Position), all.Select(e => e.Position).Distinct().Order());
        Assert.Equal(["ev_1b", "ev_2a"], (await Open.Outbox.Read(all[2].Position, 2)).Select(e => e.Event.Id));
        Assert.Empty(await Open.Outbox.Read(all[^1].Position, 10));
        var (there, last) = (all[2], all[^1].Event);
        Assert.Equal(There, there.Workspace);
        Assert.Equal(("person.changed", "per_1", Noon, "{\"n\":1}"), (last.Type, last.Subject, last.Time, Encoding.UTF8.GetString(last.Data.Span)));
    }

    [Fact]
    public async Task An_event_tells_what_was_before()
    {
        await Stored(new Change(Here) { Events = [Happened("ev_1"), Happened("ev_2") with { Previous = Utf8("{\"n\":0}") }] });
        Assert.Equal(["", "{\"n\":0}"], (await Open.Outbox.Read(0, 10)).Select(e => Encoding.UTF8.GetString(e.Event.Previous.Span)));
    }

    [Fact]
    public async Task Concurrent_commits_get_positions_of_their_own_and_a_reader_misses_none()
    {
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            var (seen, after) = (new List<string>(), 0L);
            while (true)
            {
                var finished = done.IsCancellationRequested;
                var page = await Open.Outbox.Read(after, 7);
                seen.AddRange(page.Select(e => e.Event.Id));
                after = page.Count > 0 ? page[^1].Position : after;
                if (page.Count == 0 && finished)
                {
                    return seen;
                }
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(c => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await Happen($"ev_{c}_{i:d2}");
            }
        })));
        await done.CancelAsync();
        var ids = await reader;
        Assert.Equal(200, ids.Distinct().Count());
        Assert.Equal(200, ids.Count);
        foreach (var caller in ids.GroupBy(id => id[..5], StringComparer.Ordinal))
        {
            Assert.Equal(caller.Order(StringComparer.Ordinal), caller);
        }
    }

    [Fact]
    public async Task Old_events_are_swept_and_positions_are_never_given_again()
    {
        for (var i = 0; i < Limits.SweepRows + 5; i++)
        {
            await Happen($"ev_{i}");
        }

        var last = (await Open.Outbox.Read(0, 1000))[^1].Position;
        Clock.Advance(Limits.EventRetention);
        await Open.Storage.Sweep();
        Assert.True((await Open.Outbox.Read(0, 1000)).Count <= 1);
        await Restart();
        await Happen("ev_new", Clock.GetUtcNow());
        await Open.Storage.Sweep();
        var rest = await Open.Outbox.Read(last, 1000);
        Assert.Equal("ev_new", Assert.Single(rest).Event.Id);
        Assert.True(rest[0].Position > last);
    }
}
