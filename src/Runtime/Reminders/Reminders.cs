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
    private readonly Dictionary<(GrainId, string), Task> _writes = []; // under way, the last of each name
    private readonly ITimer _timer;
    private DateTimeOffset _loadAt; // what is due before is in memory
    private HashSet<(GrainId, string)>? _touched; // during a load: what changed since it began, which the load must not overwrite
    private int _loadFailures;
    private bool _runs;

    internal Reminders(GrainNode node, IReminderTable table)
    {
        (_node, _table) = (node, table);
        _timer = node.Timer(static state => ((Reminders)state!).Pump(), this);
    }

    private DateTimeOffset Now => _node.Clock.GetUtcNow();

    /// <summary>Reminders in memory.</summary>
    internal int Held
    {
        get
        {
            lock (_gate)
            {
                return _queue.Held;
            }
        }
    }

    /// <summary>How long the oldest reminder that has not begun is over its time; zero when none is.</summary>
    internal TimeSpan Behind
    {
        get
        {
            lock (_gate)
            {
                return _queue.NextDue is { } due && due < Now ? Now - due : TimeSpan.Zero;
            }
        }
    }

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

    /// <summary>Forgets the lost partitions, once what has begun there is saved, and reads the table for what is not in memory.</summary>
    internal void Move(PartitionsChangedEventArgs change)
    {
        lock (_gate)
        {
            _queue.RemovePartitions(change.Lost.ToHashSet());
            foreach (var partition in change.Lost.Where(partition => _busy[partition] > 0))
            {
                if (!_leaving.TryGetValue(partition, out var saved))
                {
                    _leaving[partition] = saved = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                change.Hold(partition, saved.Task);
            }
        }

        Reload();
    }

    private void Reload()
    {
        lock (_gate)
        {
            _loadAt = default;
        }

        Pump();
    }

    internal async Task<IGrainReminder> Register(Activation activation, string name, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (period < s_minPeriod || dueTime < TimeSpan.Zero)
        {
            var rule = "the period must be a minute or more, the due time not negative";
            throw new ArgumentException($"Reminder {name} of {activation.GrainId}: {rule}.", nameof(period));
        }

        if (!typeof(IRemindable).IsAssignableFrom(activation.Type.Class))
        {
            throw new InvalidOperationException($"{activation.Type.Class} must implement IRemindable to have reminders.");
        }

        var due = RoundUp(Now + dueTime);
        var grain = activation.GrainId;
        await InOrder(grain, name, async () => Hold(new(await _table.Upsert(new(grain, Partition.Of(grain), name, due, due, period, 0)), 0)));
        return new Handle(name);
    }

    internal Task Unregister(GrainId grain, string name) => InOrder(grain, name, async () =>
    {
        await _table.Remove(grain, name);
        Forget(grain, name);
    });

    internal async Task<IGrainReminder?> Find(GrainId grain, string name) => await _table.Find(grain, name) is { } entry ? new Handle(entry.Name) : null;

    internal async Task<List<IGrainReminder>> All(GrainId grain) => [.. (await _table.All(grain)).Select(entry => new Handle(entry.Name))];

    public void Dispose() => _timer.Dispose();

    // Writes of one reminder go one after the other, so that memory ends up with what the table ends up with.
    private async Task InOrder(GrainId grain, string name, Func<Task> write)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? before;
        lock (_gate)
        {
            _writes.TryGetValue((grain, name), out before);
            _writes[(grain, name)] = done.Task;
        }

        try
        {
            await (before ?? Task.CompletedTask);
            await write();
        }
        catch
        {
            Forget(grain, name);
            Reload(); // whether it was written is not known; the table will tell
            throw;
        }
        finally
        {
            lock (_gate)
            {
                if (_writes[(grain, name)] == done.Task)
                {
                    _writes.Remove((grain, name));
                }
            }

            done.SetResult();
        }
    }

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
        if (entry.DueAt >= now + _node.Options.ReminderLookAhead || !_node.Ownership.Owner(entry.Partition).IsLocal)
        {
            return;
        }

        if (_queue.Held < MaxHeld)
        {
            _queue.Put(reminder);
        }
        else if (entry.DueAt < _loadAt)
        {
            _loadAt = entry.DueAt;
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
                reminder.IsBusy = true;
                _busy[reminder.Entry.Partition]++;
                due.Add(reminder);
            }

            load = MayLoad && _loadAt <= now;
            if (load)
            {
                (_touched, _loadAt) = ([], DateTimeOffset.MaxValue);
            }

            SetTimer(now);
        }

        due.ForEach(reminder => _ = Tick(reminder));
        if (load)
        {
            _ = Load();
        }
    }

    // One load at a time, and only when memory has nothing left to run: the end of the load, or of a tick, looks again.
    private bool MayLoad => _touched is null && _ticking < _node.Options.ReminderConcurrency;

    private void SetTimer(DateTimeOffset now)
    {
        var next = _ticking < _node.Options.ReminderConcurrency ? _queue.NextDue : null;
        if (MayLoad && (next is null || _loadAt < next))
        {
            next = _loadAt;
        }

        // Timers count whole milliseconds: round up, so that the time has come when they fire.
        var wait = next is not { } at ? Timeout.InfiniteTimeSpan
            : at <= now ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(Math.Ceiling((at - now).TotalMilliseconds));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private async Task Load()
    {
        var now = Now;
        var before = now + _node.Options.ReminderLookAhead;
        try
        {
            int limit;
            lock (_gate)
            {
                limit = _queue.Held + Math.Max(_queue.Held, _node.Options.ReminderBatch); // those held may all be in the answer; doubling keeps the reads few
            }

            var entries = await _table.Due(_node.Ownership.Owned, before, limit).ConfigureAwait(false);
            Merge(entries, now, entries.Count < limit ? before : entries[^1].DueAt);
        }
        catch (Exception fault)
        {
            LoadFailed(fault);
        }

        Pump();
    }

    private void Merge(IReadOnlyList<ReminderEntry> entries, DateTimeOffset now, DateTimeOffset completeUntil)
    {
        lock (_gate)
        {
            var held = _queue.Held;
            foreach (var entry in entries)
            {
                if (!_queue.Holds(entry) && !_touched!.Contains((entry.Grain, entry.Name)) && _node.Ownership.Owner(entry.Partition).IsLocal)
                {
                    _queue.Put(new(entry, 0));
                }
            }

            // Read on well before memory runs dry. When there is more than fits into one answer that is soon.
            var next = now + ((completeUntil - now) / 2);
            next = next <= now && _queue.Held == held ? now + _node.Options.ReminderRetry : next;
            _loadAt = next < _loadAt ? next : _loadAt; // unless somebody wants another look already
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
            _loadAt = Now + wait;
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
