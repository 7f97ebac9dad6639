using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Reminders: exact, durable, due until handled.</summary>
public sealed class ReminderTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly Probe _probe = new();
    private readonly FakeClock _clock = new();
    private readonly MemoryReminderTable _table = new();

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(90)]
    [InlineData(7_200)]
    public async Task A_reminder_ticks_at_its_time_and_not_a_millisecond_before(double seconds)
    {
        await using var host = Host();
        var due = _clock.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        await host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(seconds), s_minute).Soon();
        if (seconds > 0)
        {
            AdvanceInSteps(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            await host.Get<ICalled>("a").Settled().Soon();
            Assert.Empty(_probe.Log);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await _probe["a r 1"].Reached;
        Assert.Equal([$"a r first {due:O} period 00:01:00 now {due:O}"], _probe.Log);
    }

    [Fact]
    public async Task A_handled_tick_is_due_again_at_the_next_whole_period_from_the_first()
    {
        await using var host = Host();
        await host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(10.5), s_minute).Soon();
        var first = _table.Entries[0];
        for (var tick = 1; tick <= 5; tick++)
        {
            var saved = NextSave();
            _clock.Advance(tick == 1 ? TimeSpan.FromSeconds(10.5) : s_minute);
            await _probe[$"a r {tick}"].Reached;
            await saved.Soon();
            Assert.Equal(first.DueAt + (tick * s_minute), _table.Entries[0].DueAt);
            Assert.Equal(first.FirstDueAt, _table.Entries[0].FirstDueAt);
        }
    }

    [Fact]
    public async Task A_tick_stays_due_in_the_table_while_the_grain_handles_it()
    {
        await using var host = Host();
        await host.Get<ICalled>("holding").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        var before = _table.Entries[0];
        var saved = NextSave();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["holding r 1"].Reached;
        Assert.Equal(before, _table.Entries[0]);
        _probe["hold"].Open();
        await saved.Soon();
        Assert.Equal(before.DueAt + s_minute, _table.Entries[0].DueAt);
    }

    [Fact]
    public async Task What_was_due_while_the_node_was_down_ticks_once_at_start()
    {
        await using (var host = Host())
        {
            await host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(30), s_minute).Soon();
        }

        var first = _table.Entries[0].DueAt;
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(_probe.Log);
        var saved = NextSave();
        await using var next = Host();
        await _probe["a r 1"].Reached;
        await saved.Soon();
        Assert.Single(_probe.Log);
        Assert.Equal(first + TimeSpan.FromMinutes(10), _table.Entries[0].DueAt);
    }

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
            var saved = NextSave();
            _clock.Advance(TimeSpan.FromSeconds(waits[tick - 1]));
            await _probe[$"fails-3 r {tick}"].Reached;
            await saved.Soon();
            Assert.Equal(tick < 4 ? _clock.GetUtcNow().AddSeconds(waits[tick]) : first + s_minute, _table.Entries[0].DueAt);
        }
    }

    [Fact]
    public async Task Registering_anew_during_a_tick_wins_over_the_tick()
    {
        await using var host = Host();
        await host.Get<ICalled>("registers-again").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["registers-again r 1"].Reached;
        await host.Get<ICalled>("registers-again").Settled().Soon();
        Assert.Equal(_clock.GetUtcNow().AddSeconds(5), Assert.Single(_table.Entries).DueAt); // its tick asks for 5 s
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["registers-again r 2"].Reached;
    }

    [Fact]
    public async Task Unregistering_during_a_tick_ends_the_reminder()
    {
        await using var host = Host();
        await host.Get<ICalled>("ends").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["ends r 1"].Reached;
        await host.Get<ICalled>("ends").Settled().Soon();
        Assert.Empty(_table.Entries);
        AdvanceInSteps(TimeSpan.FromMinutes(5));
        await host.Get<ICalled>("ends").Settled().Soon();
        Assert.Single(_probe.Log);
    }

    [Fact]
    public async Task An_unregistered_reminder_does_not_tick_and_a_replaced_one_ticks_at_its_new_time()
    {
        await using var host = Host();
        var grain = host.Get<ICalled>("a");
        await grain.Remind("gone", TimeSpan.FromSeconds(1), s_minute).Soon();
        await grain.Remind("moved", TimeSpan.FromSeconds(1), s_minute).Soon();
        Assert.Equal("gone moved", await grain.Names().Soon());
        await grain.Forget("gone").Soon();
        await grain.Remind("moved", TimeSpan.FromSeconds(3), s_minute).Soon();
        Assert.Equal("moved", await grain.Names().Soon());
        _clock.Advance(TimeSpan.FromSeconds(2));
        await grain.Settled().Soon();
        Assert.Empty(_probe.Log);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["a moved 1"].Reached;
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
        var saved = NextSave();
        var armed = _clock.Armed;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await failed.Task.Soon();
        await Hosts.Until(() => _clock.Armed == armed + 1); // the wait after the failure has begun
        _clock.Advance(TimeSpan.FromSeconds(1));
        await saved.Soon();
        Assert.Single(_probe.Log);
    }

    [Fact]
    public async Task Registrations_that_overlap_end_with_the_last_one()
    {
        await using var host = Host();
        var grain = host.Get<ICalled>("a");
        await grain.RemindTwice("r", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9)).Soon();
        Assert.Equal(_clock.GetUtcNow().AddSeconds(9), Assert.Single(_table.Entries).DueAt);
        _clock.Advance(TimeSpan.FromSeconds(8));
        await grain.Settled().Soon();
        Assert.Empty(_probe.Log);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task A_registration_whose_write_failed_after_all_is_found_in_the_table()
    {
        await using var host = Host();
        _table.Upserted = _ => throw new IOException("the answer got lost");
        await Assert.ThrowsAsync<IOException>(() => host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(5), s_minute).Soon());
        _table.Upserted = _ => { };
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["a r 1"].Reached;
    }

    [Fact]
    public async Task Periods_under_a_minute_and_negative_times_are_refused()
    {
        await using var host = Host();
        var grain = host.Get<ICalled>("a");
        await Assert.ThrowsAsync<ArgumentException>(() => grain.Remind("r", TimeSpan.Zero, TimeSpan.FromSeconds(59)).Soon());
        await Assert.ThrowsAsync<ArgumentException>(() => grain.Remind("r", TimeSpan.FromSeconds(-1), s_minute).Soon());
        Assert.Empty(_table.Entries);
    }

    [Fact]
    public async Task A_registration_that_failed_without_being_written_does_not_tick()
    {
        await using var host = Host();
        _table.Before = verb => throw new IOException(verb);
        await Assert.ThrowsAsync<IOException>(() => host.Get<ICalled>("a").Remind("r", TimeSpan.FromSeconds(1), s_minute).Soon());
        _table.Before = _ => { };
        AdvanceInSteps(TimeSpan.FromMinutes(3));
        await host.Get<ICalled>("a").Settled().Soon();
        Assert.Empty(_probe.Log);
    }

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

    private GrainHost Host(RuntimeOptions? options = null) => Hosts.Of<ICalled, CalledGrain>(_probe, options, _clock, _table);

    private Task NextSave()
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _table.Advanced = _ => saved.TrySetResult();
        return saved.Task;
    }

    private void AdvanceInSteps(TimeSpan time)
    {
        for (; time > s_minute; time -= s_minute)
        {
            _clock.Advance(s_minute);
        }

        _clock.Advance(time);
    }

    public interface ICalled : IGrainWithStringKey
    {
        Task Remind(string name, TimeSpan due, TimeSpan period);

        Task RemindTwice(string name, TimeSpan first, TimeSpan second);

        Task Forget(string name);

        Task<string> Names();

        Task Settled();
    }

    public sealed class CalledGrain(Probe probe) : Grain, ICalled, IRemindable
    {
        private int _ticks;

        private string Key => this.GetPrimaryKeyString();

        public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

        public async Task RemindTwice(string name, TimeSpan first, TimeSpan second) =>
            await Task.WhenAll(Remind(name, first, TimeSpan.FromMinutes(1)), Remind(name, second, TimeSpan.FromMinutes(1)));

        public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

        public async Task<string> Names() => string.Join(' ', (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order());

        public Task Settled() => Task.CompletedTask;

        public async Task ReceiveReminder(string reminderName, TickStatus status)
        {
            var (first, now) = (new DateTimeOffset(status.FirstTickTime), new DateTimeOffset(status.CurrentTickTime));
            var many = Key.StartsWith("many", StringComparison.Ordinal);
            probe.Note($"{Key} {reminderName} first {first:O} period {status.Period} now {now:O}");
            _ticks = many ? 1 : probe.Log.Count(line => line.StartsWith($"{Key} {reminderName} ", StringComparison.Ordinal));
            switch (Key.Split('-')[0])
            {
                case "many":
                    using (probe.Enter())
                    {
                        await probe["many"].Pass();
                    }

                    break;
                case "holding":
                    _ = probe[$"{Key} {reminderName} {_ticks}"].Pass();
                    await probe["hold"].Pass();
                    break;
                case "registers":
                    await this.RegisterOrUpdateReminder(reminderName, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
                    break;
                case "ends":
                    await this.UnregisterReminder((await this.GetReminder(reminderName))!);
                    break;
            }

            _ = probe[$"{Key} {reminderName} {_ticks}"].Pass();
            if (Key.StartsWith("fails", StringComparison.Ordinal) && (_ticks <= 3 || Key.Contains("always", StringComparison.Ordinal)))
            {
                throw new InvalidOperationException("failed");
            }
        }
    }
}
