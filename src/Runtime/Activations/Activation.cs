namespace Troupe.Runtime;

/// <summary>What became of handing a call to an activation.</summary>
internal enum Delivery
{
    Accepted,
    Full,
    Gone,
}

/// <summary>Where an activation is in its life.</summary>
internal enum Phase : byte
{
    Created,
    Activating,
    Active,
    Deactivating,
    Gone,
}

/// <summary>A grain in memory: its mailbox and the scheduler of its turns. It is the synchronization context of the grain's code, so that what follows an
/// await comes back here. At most one thread is in <see cref="IThreadPoolWorkItem.Execute"/>; everything else is a short step under the
/// activation's own lock. Nothing is answered, scheduled or handed on while that lock is held. This file is the scheduler; the life from
/// activation to deactivation is in the other.</summary>
internal sealed partial class Activation : SynchronizationContext, IThreadPoolWorkItem, IGrainContext
{
    private readonly Lock _gate = new();
    private TurnQueue _ready; // may start whatever else is under way: continuations and calls that interleave
    private TurnQueue _waiting; // calls that need the grain for themselves
    private Call? _running; // calls begun and not ended, a list
    private Call? _exclusive; // the one of them that others wait for
    private Phase _phase;
    private bool _scheduled; // queued to the thread pool, or on a thread
    private bool _watched; // known to the pulse, which looks for calls out of time
    private bool _served; // began a message
    private int _held; // messages waiting or running
    private long _usedAt;
    private readonly byte _offset; // spreads the calls that are measured
    private long _calls;

    internal Activation(GrainType type, string key, WorkerPool? pool = null)
    {
        Type = type;
        Key = key;
        Pool = pool;
        _usedAt = Node.Pulse.Now;
        _offset = type.NextOffset();
    }

    internal GrainType Type { get; }

    internal string Key { get; }

    /// <summary>The pool of a stateless worker; null for every other grain.</summary>
    internal WorkerPool? Pool { get; }

    internal Grain? Grain { get; private set; }

    internal GrainNode Node => Type.Node;

    public GrainId GrainId => new(Type.Name, Key);

    public IServiceProvider ActivationServices => Node.Services;

    /// <summary>Messages waiting or running; a look without the lock, good enough for choosing and counting.</summary>
    internal int Held => Volatile.Read(ref _held);

    internal bool IsGone => _phase == Phase.Gone;

    /// <summary>Messages taken in so far.</summary>
    internal long Calls => Volatile.Read(ref _calls);

    internal static Activation Of(IGrainBase grain) =>
        grain.GrainContext as Activation ?? throw new InvalidOperationException($"This {grain.GetType().Name} was not activated by the runtime.");

    /// <summary>Takes a call in. A tick is always taken, since it is one per timer.</summary>
    internal Delivery Deliver(Call call)
    {
        Wakeup wakeup;
        lock (_gate)
        {
            if (_phase == Phase.Gone)
            {
                return Delivery.Gone;
            }

            if (call.IsMessage)
            {
                if (_held >= Node.Options.MailboxCalls)
                {
                    return Delivery.Full;
                }

                _held++;
                _calls++;
                call.Begun = call.Begun == 0 ? Type.Latency.Begin(_calls + _offset) : call.Begun;
                _usedAt = Node.Pulse.Now;
            }

            Enqueue(call);
            wakeup = Wake();
        }

        Schedule(wakeup);
        return Delivery.Accepted;
    }

    /// <summary>Takes in what follows an await.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        Wakeup wakeup;
        lock (_gate)
        {
            _ready.Add(new Continuation(d, state));
            wakeup = Wake();
        }

        Schedule(wakeup);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (Current != this)
        {
            throw new NotSupportedException("Waiting for a grain's turn blocks a thread; use Post or await.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>A call's task has ended.</summary>
    internal void Finish(Call call)
    {
        Wakeup wakeup;
        lock (_gate)
        {
            Unlink(call);
            if (_exclusive == call)
            {
                _exclusive = null;
            }

            if (call.IsMessage)
            {
                _held--;
                _usedAt = Node.Pulse.Now;
            }

            wakeup = Wake();
        }

        if (call.Begun != 0)
        {
            Type.Latency.End(call.Begun);
        }

        Schedule(wakeup);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var clean = ExecutionContext.Capture();
        SetSynchronizationContext(this);
        for (var left = Node.Options.TurnsPerSlice; left > 0; left--)
        {
            if (Next() is not { } turn)
            {
                SetSynchronizationContext(null);
                return;
            }

            Run(turn);
            if (ExecutionContext.Capture() != clean && clean is not null)
            {
                ExecutionContext.Restore(clean); // what one turn put into an AsyncLocal is not the next one's
            }
        }

        SetSynchronizationContext(null);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Run(Turn turn)
    {
        try
        {
            turn.Run(this);
        }
        catch (Exception fault)
        {
            Node.Log.TurnFailed(GrainId, fault); // only code nobody awaits gets here, e.g. async void
        }
    }

    /// <summary>The next turn; null lets go of the thread.</summary>
    private Turn? Next()
    {
        lock (_gate)
        {
            if (NextReady() is { } ready)
            {
                return ready;
            }

            if (_phase == Phase.Created)
            {
                _phase = Phase.Activating;
                return LifeTurn.Begin;
            }

            while (!_waiting.IsEmpty && AdmitsWaiting && _waiting.Take() is Call call)
            {
                if (Admit(call))
                {
                    _exclusive = call;
                    return call;
                }
            }

            if (MayEnd)
            {
                _phase = Phase.Deactivating;
                return LifeTurn.End;
            }

            _scheduled = false;
            return null;
        }
    }

    // The methods below run under the lock.

    private Turn? NextReady()
    {
        while (_ready.Take() is { } turn)
        {
            if (turn is Call early && !Serves)
            {
                _waiting.Add(early);
            }
            else if (turn is not Call call || Admit(call))
            {
                return turn;
            }
        }

        return null;
    }

    // Nothing begins while the node may not trust what it owns: it waits for Resume, or is handed on.
    private bool Serves => Pool is not null || Node.Ownership.IsServing;

    private bool AdmitsWaiting => _phase == Phase.Active && _exclusive is null && _ending is not { Drains: false } && Serves;

    private bool MayEnd => _phase == Phase.Active && _ending is { } ending && _running is null && (_waiting.IsEmpty || !ending.Drains);

    private void Enqueue(Call call)
    {
        if (call.Interleaves && _phase == Phase.Active && _ending is not { Drains: false })
        {
            _ready.Add(call);
        }
        else
        {
            _waiting.Add(call);
        }
    }

    private bool HasWork => !_ready.IsEmpty || _phase == Phase.Created || (!_waiting.IsEmpty && AdmitsWaiting) || MayEnd;

    private Wakeup Wake()
    {
        if (_scheduled || !HasWork)
        {
            return Wakeup.No;
        }

        var known = _watched;
        _scheduled = _watched = true;
        return known ? Wakeup.Schedule : Wakeup.ScheduleAndWatch;
    }

    private bool Admit(Call call)
    {
        if (call.IsOver)
        {
            _held -= call.IsMessage ? 1 : 0;
            return false;
        }

        _served |= call.IsMessage;
        call.After = _running;
        if (_running is not null)
        {
            _running.Before = call;
        }

        _running = call;
        return true;
    }

    private void Unlink(Call call)
    {
        if (call.Before is null)
        {
            _running = call.After;
        }
        else
        {
            call.Before.After = call.After;
        }

        if (call.After is not null)
        {
            call.After.Before = call.Before;
        }

        call.Before = call.After = null;
    }

    // Outside the lock again.

    private void Schedule(Wakeup wakeup)
    {
        if (wakeup == Wakeup.No)
        {
            return;
        }

        if (wakeup == Wakeup.ScheduleAndWatch)
        {
            Node.Pulse.Watch(this);
        }

        // Not to the thread's own queue, which is a stack: two parties that call each other would keep everybody below waiting.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private enum Wakeup
    {
        No,
        Schedule,
        ScheduleAndWatch,
    }
}
