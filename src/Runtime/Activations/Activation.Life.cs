namespace Troupe.Runtime;

/// <summary>The life of an activation: how it begins, is found idle, ends and hands on what it has not begun.</summary>
internal sealed partial class Activation
{
    /// <summary>Times a call may be handed on by activations that served nobody, before the grain counts as one that never answers.</summary>
    private const int MaxHandovers = 8;

    private Ending? _ending; // set: it is to end
    private TimeLimit? _limit; // of the lifecycle method that runs
    private GrainTimer? _timers; // a list
    private long _keepUntil;

    internal void DeactivateOnIdle() => _ = Deactivate(new(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."), drains: false);

    internal void DelayDeactivation(TimeSpan time)
    {
        lock (_gate)
        {
            _keepUntil = time == Timeout.InfiniteTimeSpan ? long.MaxValue : Node.Pulse.In(time);
        }
    }

    /// <summary>Ends it after the calls that have begun. Calls that wait are handed on to its successor, or, when it drains, are served first.</summary>
    /// <returns>Ends when it is gone.</returns>
    internal Task Deactivate(DeactivationReason reason, bool drains)
    {
        Wakeup wakeup;
        Task done;
        lock (_gate)
        {
            if (_phase == Phase.Gone)
            {
                return Task.CompletedTask;
            }

            if (_ending is null)
            {
                _ending = new(reason, drains);
                if (!drains)
                {
                    _waiting = Joined(_ready.Extract(static turn => turn is Call), _waiting);
                }
            }

            done = _ending.Done.Task;
            wakeup = Wake();
        }

        Schedule(wakeup);
        return done;
    }

    /// <summary>Ends it if nobody has used it for long enough. A tick under way is no use, but may come to its end.</summary>
    internal void Collect(long usedBefore)
    {
        lock (_gate)
        {
            if (_phase != Phase.Active || _ending is not null || _held > 0 || _usedAt > usedBefore || _keepUntil > Node.Pulse.Now)
            {
                return;
            }
        }

        // A call that slips in here is handed on, which is rare and costs one activation.
        _ = Deactivate(new(DeactivationReasonCode.ActivationIdle, "Nobody called for the collection age."), drains: false);
    }

    /// <summary>Fails calls whose deadline has passed. True when there is something left to watch.</summary>
    internal bool Sweep(long now)
    {
        List<Call>? late = null;
        TimeLimit? limit;
        bool watch;
        lock (_gate)
        {
            TakeLate(ref _ready, now, ref late);
            TakeLate(ref _waiting, now, ref late);
            for (var call = _running; call is not null; call = call.After)
            {
                if (call.Deadline <= now && !call.IsOver)
                {
                    (late ??= []).Add(call);
                }
            }

            limit = _limit;
            watch = _watched = _scheduled || _running is not null || !_waiting.IsEmpty || _phase is Phase.Activating or Phase.Deactivating;
        }

        if (late is not null)
        {
            late.ForEach(call => call.Expire(GrainId));
            Type.CountTimeouts(late.Count);
        }

        if (limit?.At <= now)
        {
            _ = limit.CancelAsync();
        }

        return watch;
    }

    /// <summary>Gives it up at once, whatever it does; its callers learn that their answers are lost.</summary>
    internal void Abandon()
    {
        List<Call> left = [];
        lock (_gate)
        {
            for (var call = _running; call is not null; call = call.After)
            {
                left.Add(call);
            }

            TakeMessages(left);
            Leave();
        }

        left.ForEach(call => call.Fail(GrainNode.Stopped(GrainId)));
        _ending?.Done.TrySetResult();
    }

    /// <summary>Begins life with calls that its predecessor did not get to. Before anybody else knows of it.</summary>
    internal void Adopt(List<Call> calls)
    {
        foreach (var call in calls)
        {
            _waiting.Add(call);
        }

        _held = calls.Count;
    }

    /// <summary>Starts a successor that has adopted calls, or goes on where the node could not trust what it owns for a while.</summary>
    internal void Resume()
    {
        Wakeup wakeup;
        lock (_gate)
        {
            if (_phase == Phase.Active && _ending is not { Drains: false } && !_waiting.IsEmpty)
            {
                _ready = Joined(_ready, _waiting.Extract(static turn => ((Call)turn).Interleaves));
            }

            wakeup = Wake();
        }

        Schedule(wakeup);
    }

    internal void Add(GrainTimer timer)
    {
        lock (_gate)
        {
            timer.NextTimer = _timers;
            _timers = timer;
        }
    }

    internal void Remove(GrainTimer timer)
    {
        lock (_gate)
        {
            for (ref var at = ref _timers; at is not null; at = ref at.NextTimer)
            {
                if (at == timer)
                {
                    at = timer.NextTimer;
                    return;
                }
            }
        }
    }

    /// <summary>Counts as a use, so that it is not collected.</summary>
    internal void Touch() => Volatile.Write(ref _usedAt, Node.Pulse.Now);

    private async Task Begin()
    {
        try
        {
            Grain = Type.Make(Node.Services);
            if (Type.OverridesActivate)
            {
                _limit = new(Node.Pulse.In(Node.Options.LifecycleTimeout));
                await Grain.OnActivateAsync(_limit.Token);
            }
        }
        catch (Exception fault)
        {
            Fail(fault);
            return;
        }

        lock (_gate)
        {
            if (_phase != Phase.Activating)
            {
                return; // the node stopped meanwhile
            }

            _limit = null;
            _phase = Phase.Active;
            if (_ending is not { Drains: false })
            {
                _ready = Joined(_ready, _waiting.Extract(static turn => ((Call)turn).Interleaves));
            }
        }
    }

    private void Fail(Exception fault)
    {
        List<Call> left = [];
        lock (_gate)
        {
            TakeMessages(left);
            Leave();
        }

        Node.Log.ActivationFailed(GrainId, fault);
        StopTimers();
        Left(null, []);
        left.ForEach(call => call.Fail(fault));
    }

    private async Task Conclude()
    {
        StopTimers();
        try
        {
            if (Type.OverridesDeactivate)
            {
                _limit = new(Node.Pulse.In(Node.Options.LifecycleTimeout));
                await Grain!.OnDeactivateAsync(_ending!.Reason, _limit.Token);
            }

            if (Grain is IAsyncDisposable asyncDisposable)
            {
                await asyncDisposable.DisposeAsync();
            }
            else
            {
                (Grain as IDisposable)?.Dispose();
            }
        }
        catch (Exception fault)
        {
            Node.Log.DeactivationFailed(GrainId, fault);
        }

        HandOn();
    }

    private void HandOn()
    {
        List<Call> left = [], stuck;
        Activation? successor = null;
        lock (_gate)
        {
            TakeMessages(left);
            stuck = left.FindAll(call => !_served && ++call.Handovers > MaxHandovers);
            left.RemoveAll(stuck.Contains);
            if (left.Count > 0 && _phase != Phase.Gone && Pool is null && Type.IsLocal(Key))
            {
                successor = Type.Succeed(this, left); // published under the lock: who finds this one gone finds that one with the older calls in it
            }

            Leave();
        }

        stuck.ForEach(call => call.Fail(new InvalidOperationException($"{GrainId} deactivates itself before it answers.")));
        Left(successor, left);
    }

    private void Left(Activation? successor, List<Call> left)
    {
        Pool?.Remove(this);
        if (successor is not null)
        {
            successor.Resume();
            Type.LeaveIfMoved(successor);
        }
        else
        {
            left.ForEach(call => Type.Route(Key, call));
        }

        _ending?.Done.TrySetResult();
    }

    // Under the lock.
    private void Leave()
    {
        _limit = null;
        if (_phase != Phase.Gone)
        {
            _phase = Phase.Gone;
            Type.Left(this);
        }
    }

    private void TakeMessages(List<Call> into)
    {
        Take(_ready.Extract(static turn => turn is Call));
        Take(_waiting);
        _waiting = default;

        void Take(TurnQueue calls)
        {
            while (calls.Take() is Call call)
            {
                if (call.IsMessage && !call.IsOver)
                {
                    into.Add(call);
                }
            }
        }
    }

    // Takes out what is too late, and what nobody waits for any more.
    private void TakeLate(ref TurnQueue queue, long now, ref List<Call>? late)
    {
        if (queue.IsEmpty)
        {
            return;
        }

        var taken = queue.Extract(turn => turn is Call { IsMessage: true } call && (call.Deadline <= now || call.IsOver));
        while (taken.Take() is Call call)
        {
            _held--;
            if (!call.IsOver)
            {
                (late ??= []).Add(call);
            }
        }
    }

    private static TurnQueue Joined(TurnQueue first, TurnQueue second)
    {
        while (second.Take() is { } turn)
        {
            first.Add(turn);
        }

        return first;
    }

    private void StopTimers()
    {
        GrainTimer? timers;
        lock (_gate)
        {
            (timers, _timers) = (_timers, null);
        }

        for (; timers is not null; timers = timers.NextTimer)
        {
            timers.Dispose();
        }
    }

    /// <summary>Why it ends, how, and who waits for it.</summary>
    private sealed class Ending(DeactivationReason reason, bool drains)
    {
        internal DeactivationReason Reason => reason;

        /// <summary>Serves waiting calls before it ends, instead of handing them on.</summary>
        internal bool Drains => drains;

        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The token of a lifecycle method, with the time at which it is cancelled.</summary>
    private sealed class TimeLimit(long at) : CancellationTokenSource
    {
        internal long At => at;
    }

    /// <summary>The first and the last turn of a life.</summary>
    private sealed class LifeTurn(Func<Activation, Task> step) : Turn
    {
        internal static readonly LifeTurn Begin = new(activation => activation.Begin());
        internal static readonly LifeTurn End = new(activation => activation.Conclude());

        internal override void Run(Activation activation) => _ = step(activation);
    }
}
