using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Reminders when things fail, and when there are many.</summary>
public sealed class ReminderFaultTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly Probe _probe = new();
    private readonly FakeClock _clock = new();
    private readonly MemoryReminderTable _table = new();

    [Fact]
    public async Task A_tick_that_a_crash_cut_off_runs_again_on_the_next_node()
    {
        var crashed = Host(); // is never stopped before the next one starts
        await crashed.Get<ICalled>("holding").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["holding r 1"].Reached;
        await using var next = Host();
        await _probe["holding r 2"].Reached;
        _probe["hold"].Open();
        await crashed.DisposeAsync();
    }

    [Fact]
    public async Task A_failed_tick_is_tried_again_after_growing_waits_and_then_keeps_its_rhythm()
    {
        await using var host = Host();
        await host.Get<ICalled>("fails-3").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        var first = _table.Entries[0].DueAt;
        var waits = new[] { 1.0, 1, 2, 4 };
        for (var tick = 1; tick <= 4; tick++)
        {
            var saved = _table.NextSave();
            _clock.Advance(TimeSpan.FromSeconds(waits[tick - 1]));
            await _probe[$"fails-3 r {tick}"].Reached;
            await saved.Soon();
            Assert.Equal(tick < 4 ? _clock.GetUtcNow().AddSeconds(waits[tick]) : first + s_minute, _table.Entries[0].DueAt);
        }
    }

    [Fact]
    public async Task Thousands_due_at_once_each_tick_once_and_only_so_many_at_a_time()
    {
        const int Count = 5_000;
        var due = _clock.GetUtcNow().AddSeconds(-5);
        await Fill(Count, due);
        var saved = AllSaved(Count);
        await using var host = Host(new() { ReminderConcurrency = 100, ReminderBatch = 500 });
        await Hosts.Until(() => _probe.MostInside == 100);
        _probe["many"].Open();
        await saved.Soon();
        Assert.Equal(Count, _probe.Log.Length);
        Assert.Equal(Count, _probe.Log.Distinct().Count());
        Assert.Equal(100, _probe.MostInside);
        Assert.All(_table.Entries, entry => Assert.Equal(due + s_minute, entry.DueAt));
    }

    [Fact]
    public async Task Ticks_that_end_during_a_write_share_the_next_one()
    {
        const int Count = 100;
        await Fill(Count, _clock.GetUtcNow());
        _probe["many"].Open();
        _table.Before = verb =>
        {
            if (verb == nameof(IReminderTable.Advance))
            {
                SpinWait.SpinUntil(() => _probe.Log.Length == Count, TimeSpan.FromSeconds(20)); // a write that takes its time
            }
        };
        List<int> batches = [];
        var saved = AllSaved(Count, batches.Add);
        await using var host = Host();
        await saved.Soon();
        Assert.InRange(batches.Max(), Count / 4, Count);
    }

    [Fact]
    public async Task Failing_reminders_do_not_keep_others_from_their_ticks()
    {
        var due = _clock.GetUtcNow();
        foreach (var key in Enumerable.Range(0, 50).Select(i => $"fails-always{i}").Append("a"))
        {
            var grain = new GrainId(nameof(CalledGrain), key);
            await _table.Upsert(new(grain, Partition.Of(grain), "r", due, due, s_minute, 0));
        }

        await using var host = Host(new() { ReminderConcurrency = 5, ReminderBatch = 10 });
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task Reminders_of_a_class_that_is_gone_keep_nobody_from_their_ticks()
    {
        var due = _clock.GetUtcNow();
        for (var i = 0; i < 20_000; i++)
        {
            var orphan = new GrainId("FormerGrain", $"{i}");
            await _table.Upsert(new(orphan, Partition.Of(orphan), "r", due, due, s_minute, 0));
        }

        await using var host = Host();
        await host.Get<ICalled>("a").Remind("r", TimeSpan.Zero, s_minute).Soon();
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task A_table_that_fails_is_asked_again()
    {
        var failures = 2;
        _table.Before = verb =>
        {
            if (verb == nameof(IReminderTable.Due) && failures-- > 0)
            {
                throw new IOException("no disk");
            }
        };
        await using var host = Host();
        var grain = new GrainId(nameof(CalledGrain), "a");
        await _table.Upsert(new(grain, Partition.Of(grain), "r", _clock.GetUtcNow(), _clock.GetUtcNow(), s_minute, 0));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(2));
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task A_save_that_fails_is_tried_again_and_the_tick_is_not_repeated_meanwhile()
    {
        await using var host = Host();
        await host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _table.Before = verb =>
        {
            if (verb == nameof(IReminderTable.Advance) && failed.TrySetResult())
            {
                throw new IOException("no disk");
            }
        };
        var saved = _table.NextSave();
        var armed = _clock.Armed;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await failed.Task.Soon();
        await Hosts.Until(() => _clock.Armed == armed + 1); // the wait after the failure has begun
        _clock.Advance(TimeSpan.FromSeconds(1));
        await saved.Soon();
        Assert.Single(_probe.Log);
    }

    [Fact]
    public async Task A_registration_whose_write_failed_after_all_is_found_in_the_table()
    {
        await using var host = Host();
        _table.Upserted = _ => throw new IOException("the answer got lost");
        await Assert.ThrowsAsync<IOException>(() => host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(5), s_minute).Soon());
        _table.Upserted = _ => Task.CompletedTask;
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task A_registration_that_failed_without_being_written_does_not_tick()
    {
        await using var host = Host();
        _table.Before = verb => throw new IOException(verb);
        await Assert.ThrowsAsync<IOException>(() => host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon());
        _table.Before = _ => { };
        _clock.AdvanceInSteps(TimeSpan.FromMinutes(3));
        await host.Get<ICalled>("a").Settled().Soon();
        Assert.Empty(_probe.Log);
    }

    private GrainHost Host(RuntimeOptions? options = null) => Hosts.Of<ICalled, CalledGrain>(_probe, options, _clock, _table);

    private async Task Fill(int count, DateTimeOffset due)
    {
        for (var i = 0; i < count; i++)
        {
            var grain = new GrainId(nameof(CalledGrain), $"many-{i}");
            await _table.Upsert(new(grain, Partition.Of(grain), "r", due, due, s_minute, 0));
        }
    }

    private Task AllSaved(int count, Action<int>? batch = null)
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _table.Advanced = handled =>
        {
            batch?.Invoke(handled.Count);
            count -= handled.Count;
            if (count == 0)
            {
                saved.SetResult();
            }
        };
        return saved.Task;
    }
}
