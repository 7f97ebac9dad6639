namespace Troupe.Runtime;

/// <summary>A timer, which is at the same time the call it makes: there is never more than one tick of it waiting or running.</summary>
internal abstract class GrainTimer : Call, IGrainTimer
{
    private readonly Lock _gate = new();
    private readonly Activation _activation;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _cancel = new();
    private ITimer? _timer;
    private TimeSpan _period;
    private TimeSpan? _changedDue; // asked for during a tick
    private bool _ticking;
    private bool _disposed;

    protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, nameof(options.DueTime));
        Check(options.Period, nameof(options.Period));
        (_activation, _options, _period) = (activation, options, options.Period);
    }

    /// <summary>The next in the activation's list.</summary>
    internal GrainTimer? NextTimer;

    internal override bool Interleaves => _options.Interleave;

    internal override bool IsMessage => false;

    internal override bool IsOver => _disposed;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        lock (_gate)
        {
            _period = period;
            if (_ticking)
            {
                _changedDue = dueTime;
            }
            else if (!_disposed)
            {
                _timer!.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _timer?.Dispose();
        }

        _activation.Remove(this);
        _ = _cancel.CancelAsync();
    }

    internal GrainTimer Start()
    {
        _activation.Add(this);
        _timer = _activation.Node.Timer(static state => ((GrainTimer)state!).Due(), this);
        _timer.Change(_options.DueTime, Timeout.InfiniteTimeSpan);
        return this;
    }

    internal override void Run(Activation activation) => _ = Tick();

    internal override void Fail(Exception fault)
    {
    }

    internal override void Expire(GrainId grain)
    {
    }

    internal override void SendAway(GrainId grain, GrainNode from) => throw new NotSupportedException("A tick belongs to its activation.");

    /// <summary>Calls back.</summary>
    protected abstract Task Call(CancellationToken cancel);

    private static void Check(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(name, time, "A timer's times can't be negative.");
        }
    }

    private void Due()
    {
        lock (_gate)
        {
            if (_ticking || _disposed)
            {
                return;
            }

            _ticking = true;
        }

        if (_activation.Deliver(this) == Delivery.Gone)
        {
            Dispose();
        }
    }

    private async Task Tick()
    {
        try
        {
            await Call(_cancel.Token);
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
        }
        catch (Exception fault)
        {
            _activation.Node.Log.TickFailed(_activation.GrainId, fault);
        }

        if (_options.KeepAlive)
        {
            _activation.Touch();
        }

        Again();
        _activation.Finish(this); // in the same turn, so a tick that is due at once can't begin before
    }

    private void Again()
    {
        lock (_gate)
        {
            _ticking = false;
            var due = _changedDue ?? (_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
            _changedDue = null;
            if (!_disposed)
            {
                _timer!.Change(due, Timeout.InfiniteTimeSpan);
            }
        }
    }
}

/// <summary>A timer with the state it hands to its callback.</summary>
internal sealed class GrainTimer<TState>(Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    protected override Task Call(CancellationToken cancel) => callback(state, cancel);
}
