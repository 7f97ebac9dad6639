using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Timers: turns of the activation, never over themselves, gone with it.</summary>
public sealed class TimerTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task A_timer_ticks_when_due_and_then_a_period_after_each_end()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        await host.Get<ITicking>("a").Start(5, 10).Soon();
        host.Clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Equal(0, await host.Get<ITicking>("a").Ticks().Soon());
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await _probe["tick 1"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(30)); // the tick takes its time
        Assert.Equal(1, await host.Get<ITicking>("a").TicksInterleaving().Soon());
        _probe["tick 1"].Open();
        await host.Get<ITicking>("a").Settled().Soon();
        host.Clock.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(1, await host.Get<ITicking>("a").Ticks().Soon());
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await _probe["tick 2"].Reached;
        _probe["tick 2"].Open();
    }

    [Fact]
    public async Task A_tick_is_a_turn_that_waits_for_the_call_under_way_and_that_calls_wait_for()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        var grain = host.Get<ITicking>("a");
        await grain.Start(5, -1).Soon();
        var call = grain.Hold("call");
        await _probe["call"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        var after = grain.Ticks(); // stands behind the tick
        Assert.Equal(0, await grain.TicksInterleaving().Soon());
        _probe["call"].Open();
        await _probe["tick 1"].Reached;
        Assert.False(after.IsCompleted);
        _probe["tick 1"].Open();
        Assert.Equal(1, await after.Soon());
        await call.Soon();
    }

    [Fact]
    public async Task A_tick_that_may_interleave_does_not_wait()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        var grain = host.Get<ITicking>("a");
        await grain.StartInterleaving(5).Soon();
        var call = grain.Hold("call");
        await _probe["call"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["tick 1"].Reached;
        _probe["tick 1"].Open();
        _probe["call"].Open();
        await call.Soon();
    }

    [Fact]
    public async Task A_failing_tick_does_not_end_the_timer()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        await host.Get<ITicking>("failing").Start(5, 5).Soon();
        for (var tick = 1; tick <= 3; tick++)
        {
            await host.Get<ITicking>("failing").Settled().Soon();
            host.Clock.Advance(TimeSpan.FromSeconds(5));
            await _probe[$"tick {tick}"].Reached;
            _probe[$"tick {tick}"].Open();
        }
    }

    [Fact]
    public async Task Change_and_Dispose_hold_also_when_the_tick_itself_calls_them()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        var grain = host.Get<ITicking>("changing"); // its first tick sets 3 s, its second disposes
        await grain.Start(5, 100).Soon();
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["tick 1"].Reached;
        _probe["tick 1"].Open();
        await grain.Settled().Soon();
        host.Clock.Advance(TimeSpan.FromSeconds(3));
        await _probe["tick 2"].Reached;
        _probe["tick 2"].Open();
        await grain.Settled().Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2, await grain.Ticks().Soon());
    }

    [Fact]
    public async Task Timers_end_with_the_activation_and_a_waiting_tick_does_not_outlive_it()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        var grain = host.Get<ITicking>("a");
        await grain.Start(5, 5).Soon();
        var last = grain.HoldAndEnd("call");
        await _probe["call"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(5)); // the tick waits for the call
        _probe["call"].Open();
        await last.Soon();
        Assert.Equal(0, await grain.Ticks().Soon()); // answered by the next activation
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await grain.Ticks().Soon());
    }

    [Fact]
    public async Task A_tick_under_way_is_cancelled_when_the_timer_is_disposed()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        var grain = host.Get<ITicking>("endless");
        await grain.StartInterleaving(5).Soon();
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        await _probe["tick 1"].Reached;
        await grain.Stop().Soon();
        await _probe["cancelled"].Reached;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ticks_keep_an_activation_only_if_asked_to(bool keepAlive)
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        await host.Get<ITicking>("quick").StartEveryMinute(keepAlive).Soon();
        var armed = host.Clock.Armed;
        for (var minute = 1; minute <= 18 && !_probe["ended"].IsReached; minute++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Hosts.Until(() => _probe["ended"].IsReached || (_probe[$"tick {minute}"].IsReached && host.Clock.Armed == armed));
        }

        Assert.Equal(keepAlive, !_probe.Log.Contains("ended"));
    }

    [Fact]
    public async Task Negative_times_are_refused()
    {
        await using var host = Hosts.Of<ITicking, TickingGrain>(_probe);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => host.Get<ITicking>("a").Start(-5, 1).Soon());
    }

    public interface ITicking : IGrainWithStringKey
    {
        Task Start(double due, double period);

        Task StartInterleaving(double due);

        Task StartEveryMinute(bool keepAlive);

        Task Stop();

        Task Hold(string gate);

        Task HoldAndEnd(string gate);

        Task<int> Ticks();

        /// <summary>Ends when the tick before it has let go of the timer too.</summary>
        Task Settled();

        [AlwaysInterleave]
        Task<int> TicksInterleaving();
    }

    public sealed class TickingGrain(Probe probe) : Grain, ITicking
    {
        private IGrainTimer? _timer;
        private int _ticks;

        private string Key => this.GetPrimaryKeyString();

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            if (reason.ReasonCode == DeactivationReasonCode.ActivationIdle)
            {
                probe.Note("ended");
                _ = probe["ended"].Pass();
            }

            return Task.CompletedTask;
        }

        public Task Start(double due, double period)
        {
            var every = period < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period);
            _timer = this.RegisterGrainTimer(Tick, TimeSpan.FromSeconds(due), every);
            return Task.CompletedTask;
        }

        public Task StartInterleaving(double due)
        {
            var options = new GrainTimerCreationOptions { DueTime = TimeSpan.FromSeconds(due), Period = Timeout.InfiniteTimeSpan, Interleave = true };
            _timer = this.RegisterGrainTimer(static (grain, cancel) => grain.Tick(cancel), this, options);
            return Task.CompletedTask;
        }

        public Task StartEveryMinute(bool keepAlive)
        {
            var minute = TimeSpan.FromMinutes(1);
            _timer = this.RegisterGrainTimer(Tick, new() { DueTime = minute, Period = minute, KeepAlive = keepAlive });
            return Task.CompletedTask;
        }

        public Task Stop()
        {
            _timer!.Dispose();
            return Task.CompletedTask;
        }

        public Task Hold(string gate) => probe[gate].Pass();

        public Task HoldAndEnd(string gate)
        {
            DeactivateOnIdle();
            return probe[gate].Pass();
        }

        public Task<int> Ticks() => Task.FromResult(_ticks);

        public Task Settled() => Task.CompletedTask;

        public Task<int> TicksInterleaving() => Ticks();

        private async Task Tick(CancellationToken cancel)
        {
            var gate = probe[$"tick {++_ticks}"];
            switch (Key)
            {
                case "quick":
                    _ = gate.Pass();
                    return;
                case "endless":
                    _ = gate.Pass();
                    await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => { }, TaskScheduler.Default);
                    _ = probe["cancelled"].Pass();
                    return;
            }

            await gate.Pass();
            switch (Key)
            {
                case "failing":
                    throw new InvalidOperationException();
                case "changing" when _ticks == 1:
                    _timer!.Change(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(100));
                    break;
                case "changing":
                    _timer!.Dispose();
                    break;
            }
        }
    }
}
