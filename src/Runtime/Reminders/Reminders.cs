namespace Troupe.Runtime;

/// <summary>The node's reminders. Those due soon are in memory, each with its exact time; the table is read for more well before it is needed. A tick
/// stays due in the table until the grain has handled it: after a crash it runs again. This file decides when things happen; ticks and
/// their saving are in the other.</summary>
internal sealed partial class Reminders : IDisposable
{
    /// <summary>Shortest period, as in Orleans.</summary>
    private static readonly TimeSpan s_minPeriod = TimeSpan.FromMinutes(1);

    /// <summary>Reminders in memory beyond which new ones are left to the table.</summary>
    private const int MaxHeld = 100_000;

    private readonly Lock _gate = new();
    private readonly GrainNode _node;
    private readonly IReminderTable _table;
    private readonly ReminderQueue _queue = new();
    private readonly ITimer _timer;
    private DateTimeOffset _completeUntil = DateTimeOffset.MinValue; // everything due before is in memory
    private DateTimeOffset _loadNotBefore = DateTimeOffset.MinValue;
    private HashSet<(GrainId, string)>? _touched; // during a load: what changed since it began, which the load must not overwrite
    private int _loadFailures;
    private bool _runs;

    internal Reminders(GrainNode node, IReminderTable table)
    {
        (_node, _table) = (node, table);
        _timer = node.Timer(static state => ((Reminders)state!).Pump(), this);
    }

    private DateTimeOffset Now => _node.Clock.GetUtcNow();

    internal void Start()
    {
        lock (_gate)
        {
            _runs = true;
        }

        Pump();
    }

    /// <summary>Starts no more ticks.</summary>
    internal void Pause()
    {
        lock (_gate)
        {
            _runs = false;
        }
    }

    /// <summary>Forgets partitions another node owns now, and reads the table for those gained.</summary>
    internal void Reload(IReadOnlyList<int> lost)
    {
        lock (_gate)
        {
            _queue.RemovePartitions(lost.ToHashSet());
            _completeUntil = DateTimeOffset.MinValue;
        }

        Pump();
    }

    internal async Task<IGrainReminder> Register(Activation activation, string name, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (period < s_minPeriod || dueTime < TimeSpan.Zero)
        {
            throw new ArgumentException($"Reminder {name} of {activation.GrainId}: the period must be a minute or more, the due time not negative.", nameof(period));
        }

        if (!typeof(IRemindable).IsAssignableFrom(activation.Type.Class))
        {
            throw new InvalidOperationException($"{activation.Type.Class} must implement IRemindable to have reminders.");
        }

        var due = RoundUp(Now + dueTime);
        var grain = activation.GrainId;
        try
        {
            var stored = await _table.Upsert(new(grain, Partition.Of(grain), name, due, due, period, 0));
            Hold(new(stored, 0));
        }
        catch
        {
            Forget(grain, name); // whether it was written is not known; the table will tell
            throw;
        }

        return new Handle(name);
    }

    internal async Task Unregister(GrainId grain, string name)
    {
        try
        {
            await _table.Remove(grain, name);
        }
        finally
        {
            Forget(grain, name);
        }
    }

    internal async Task<IGrainReminder?> Find(GrainId grain, string name) => await _table.Find(grain, name) is { } entry ? new Handle(entry.Name) : null;

    internal async Task<List<IGrainReminder>> All(GrainId grain) => [.. (await _table.All(grain)).Select(entry => new Handle(entry.Name))];

    public void Dispose() => _timer.Dispose();

    private void Hold(HeldReminder reminder)
    {
        lock (_gate)
        {
            Hold(reminder, Now);
        }

        Pump();
    }

    // Under the lock. What is due later than the look-ahead, or does not fit, is left to the table.
    private void Hold(HeldReminder reminder, DateTimeOffset now)
    {
        var entry = reminder.Entry;
        _touched?.Add((entry.Grain, entry.Name));
        _queue.Remove(entry.Grain, entry.Name);
        if (entry.DueAt >= now + _node.Options.ReminderLookAhead)
        {
            return;
        }

        if (_queue.Held < MaxHeld)
        {
            _queue.Put(reminder);
        }
        else if (entry.DueAt < _completeUntil)
        {
            _completeUntil = entry.DueAt;
        }
    }

    private void Forget(GrainId grain, string name)
    {
        lock (_gate)
        {
            _touched?.Add((grain, name));
            _queue.Remove(grain, name);
        }
    }

    /// <summary>Starts what is due, loads what will be, and sets the timer for what comes next.</summary>
    private void Pump()
    {
        List<HeldReminder> due = [];
        bool load;
        lock (_gate)
        {
            if (!_runs)
            {
                return;
            }

            var now = Now;
            while (_ticking < _node.Options.ReminderConcurrency && _queue.TakeDue(now) is { } reminder)
            {
                _ticking++;
                due.Add(reminder);
            }

            load = _touched is null && LoadAt <= now;
            if (load)
            {
                _touched = [];
            }

            SetTimer(now);
        }

        due.ForEach(reminder => _ = Tick(reminder));
        if (load)
        {
            _ = Load();
        }
    }

    // When to read the table: half a look-ahead before memory runs dry, once there is room.
    private DateTimeOffset? LoadAt
    {
        get
        {
            if (_touched is not null || _queue.Waiting >= _node.Options.ReminderBatch)
            {
                return null; // the end of the load, or of a tick, looks again
            }

            var dry = _completeUntil == DateTimeOffset.MinValue ? _completeUntil : _completeUntil - (_node.Options.ReminderLookAhead / 2);
            return dry > _loadNotBefore ? dry : _loadNotBefore;
        }
    }

    private void SetTimer(DateTimeOffset now)
    {
        var next = _ticking < _node.Options.ReminderConcurrency ? _queue.NextDue : null;
        if (LoadAt is { } load && (next is null || load < next))
        {
            next = load;
        }

        // Timers count whole milliseconds: round up, so that the time has come when they fire.
        var wait = next is null ? Timeout.InfiniteTimeSpan : next <= now ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling((next.Value - now).TotalMilliseconds));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private async Task Load()
    {
        var before = Now + _node.Options.ReminderLookAhead;
        try
        {
            int limit;
            lock (_gate)
            {
                limit = _queue.Held + _node.Options.ReminderBatch; // those held may all be in the answer
            }

            var entries = await _table.Due(_node.Ownership.Owned, before, limit).ConfigureAwait(false);
            Merge(entries, entries.Count < limit ? before : entries[^1].DueAt);
        }
        catch (Exception fault)
        {
            LoadFailed(fault);
        }

        Pump();
    }

    private void Merge(IReadOnlyList<ReminderEntry> entries, DateTimeOffset completeUntil)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (!_queue.Holds(entry) && !_touched!.Contains((entry.Grain, entry.Name)) && _node.Ownership.Owner(entry.Partition).IsLocal)
                {
                    _queue.Put(new(entry, 0));
                }
            }

            _completeUntil = completeUntil;
            _touched = null;
            _loadFailures = 0;
        }
    }

    private void LoadFailed(Exception fault)
    {
        var wait = Backoff(_loadFailures++);
        _node.Log.ReminderTableFailed("read", wait.TotalSeconds, fault);
        lock (_gate)
        {
            _touched = null;
            _loadNotBefore = Now + wait;
        }
    }

    private TimeSpan Backoff(int failures)
    {
        var (first, most) = (_node.Options.ReminderRetry, _node.Options.ReminderRetryMax);
        var wait = first * Math.Pow(2, Math.Min(failures, 30));
        return wait < most ? wait : most;
    }

    // The table keeps milliseconds. Up, so that no tick comes early.
    private static DateTimeOffset RoundUp(DateTimeOffset time)
    {
        var rest = time.Ticks % TimeSpan.TicksPerMillisecond;
        return (rest == 0 ? time : time.AddTicks(TimeSpan.TicksPerMillisecond - rest)).ToUniversalTime();
    }

    private sealed record Handle(string ReminderName) : IGrainReminder;
}
