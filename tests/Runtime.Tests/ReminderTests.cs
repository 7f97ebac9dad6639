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
            _clock.AdvanceInSteps(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
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
            var saved = _table.NextSave();
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
        var saved = _table.NextSave();
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
        var saved = _table.NextSave();
        await using var next = Host();
        await _probe["a r 1"].Reached;
        await saved.Soon();
        Assert.Single(_probe.Log);
        Assert.Equal(first + TimeSpan.FromMinutes(10), _table.Entries[0].DueAt);
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
        _clock.AdvanceInSteps(TimeSpan.FromMinutes(5));
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
    public async Task Registrations_that_overlap_end_with_the_last_one()
    {
        await using var host = Host();
        var grain = host.Get<ICalled>("a");
        var held = false;
        _table.Upserted = _ => Interlocked.Exchange(ref held, true) ? Task.CompletedTask : _probe["first answer"].Pass();
        var both = grain.RemindTwice("r", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9));
        await _probe["both asked"].Reached;
        _probe["first answer"].Open();
        await both.Soon();
        Assert.Equal(_clock.GetUtcNow().AddSeconds(9), Assert.Single(_table.Entries).DueAt);
        _clock.Advance(TimeSpan.FromSeconds(8));
        await grain.Settled().Soon();
        Assert.Empty(_probe.Log);
        _clock.Advance(TimeSpan.FromSeconds(1));
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

    private GrainHost Host(RuntimeOptions? options = null) => Hosts.Of<ICalled, CalledGrain>(_probe, options, _clock, _table);
}
