namespace Troupe.Runtime;

/// <summary>A reminder in memory. A new registration is a new object, so that a tick under way knows when it has been overtaken.</summary>
internal sealed class HeldReminder(ReminderEntry entry, int failures)
{
    internal ReminderEntry Entry => entry;

    /// <summary>Ticks that failed in a row.</summary>
    internal int Failures => failures;

    /// <summary>Its tick is under way, or has ended and is not saved yet.</summary>
    internal bool IsBusy { get; set; }
}

/// <summary>The reminders in memory, by name and by due time. Guarded by its owner's lock.</summary>
internal sealed class ReminderQueue
{
    private readonly Dictionary<(GrainId, string), HeldReminder> _held = [];
    private PriorityQueue<HeldReminder, DateTimeOffset> _queue = new();

    /// <summary>Reminders held: waiting, ticking, or waiting to be saved.</summary>
    internal int Held => _held.Count;

    /// <summary>Reminders that wait for their time.</summary>
    internal int Waiting => _queue.Count;

    /// <summary>The earliest due time; null when none waits.</summary>
    internal DateTimeOffset? NextDue
    {
        get
        {
            DropStale();
            return _queue.TryPeek(out _, out var due) ? due : null;
        }
    }

    internal bool Holds(ReminderEntry entry) => _held.ContainsKey((entry.Grain, entry.Name));

    /// <summary>True while no later registration, removal or loss of the partition has overtaken it.</summary>
    internal bool IsCurrent(HeldReminder reminder) => _held.GetValueOrDefault((reminder.Entry.Grain, reminder.Entry.Name)) == reminder;

    /// <summary>Holds a reminder in place of the one of its name.</summary>
    internal void Put(HeldReminder reminder)
    {
        _held[(reminder.Entry.Grain, reminder.Entry.Name)] = reminder;
        _queue.Enqueue(reminder, reminder.Entry.DueAt);
        if (_queue.Count > 1_024 && _queue.Count > 2 * _held.Count)
        {
            var current = _queue.UnorderedItems.Where(item => IsCurrent(item.Element)).ToList();
            _queue = new(current);
        }
    }

    internal void Remove(GrainId grain, string name) => _held.Remove((grain, name));

    /// <summary>Forgets what waits in these partitions. What is busy is forgotten once it is saved.</summary>
    internal void RemovePartitions(IReadOnlySet<int> partitions)
    {
        foreach (var (key, reminder) in _held.Where(held => partitions.Contains(held.Value.Entry.Partition)).ToList())
        {
            if (!reminder.IsBusy)
            {
                _held.Remove(key);
            }
        }
    }

    /// <summary>Takes the earliest reminder that is due out of the queue; it stays held. Null when none is due.</summary>
    internal HeldReminder? TakeDue(DateTimeOffset now)
    {
        DropStale();
        return _queue.TryPeek(out _, out var due) && due <= now ? _queue.Dequeue() : null;
    }

    private void DropStale()
    {
        while (_queue.TryPeek(out var reminder, out _) && !IsCurrent(reminder))
        {
            _queue.Dequeue();
        }
    }
}
