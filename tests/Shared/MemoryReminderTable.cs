namespace Troupe.Tests;

/// <summary>Reminders in memory, with the compare-and-set rules of a real table. Outlives the hosts that use it, so that a test can restart one.</summary>
public sealed class MemoryReminderTable : IReminderTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), ReminderEntry> _entries = [];
    private long _version;

    /// <summary>What is kept now, the earliest due first.</summary>
    public IReadOnlyList<ReminderEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Values.OrderBy(entry => entry.DueAt)];
            }
        }
    }

    /// <summary>Runs before each operation, with its name: a test throws here to make the table fail, or counts.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Runs after each <see cref="Upsert"/>, with what it stored: a test throws here to lose the answer, or holds it back.</summary>
    public Func<ReminderEntry, Task> Upserted { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs after each <see cref="Advance"/>, with what it was given.</summary>
    public Action<IReadOnlyList<ReminderEntry>> Advanced { get; set; } = _ => { };

    public async ValueTask<ReminderEntry> Upsert(ReminderEntry entry, CancellationToken cancel = default)
    {
        Before(nameof(Upsert));
        ReminderEntry stored;
        lock (_gate)
        {
            stored = _entries[(entry.Grain, entry.Name)] = entry with { Version = _version += 1_000_000 };
        }

        await Upserted(stored);
        return stored;
    }

    public ValueTask<ReminderEntry?> Find(GrainId grain, string name, CancellationToken cancel = default)
    {
        Before(nameof(Find));
        lock (_gate)
        {
            return new(_entries.GetValueOrDefault((grain, name)));
        }
    }

    public ValueTask<IReadOnlyList<ReminderEntry>> All(GrainId grain, CancellationToken cancel = default)
    {
        Before(nameof(All));
        return new([.. Entries.Where(entry => entry.Grain == grain)]);
    }

    public ValueTask<bool> Remove(GrainId grain, string name, CancellationToken cancel = default)
    {
        Before(nameof(Remove));
        lock (_gate)
        {
            return new(_entries.Remove((grain, name)));
        }
    }

    public ValueTask<IReadOnlyList<ReminderEntry>> Due(IReadOnlyList<int> partitions, DateTimeOffset before, int limit, CancellationToken cancel = default)
    {
        Before(nameof(Due));
        var owned = partitions.ToHashSet();
        return new([.. Entries.Where(entry => entry.DueAt < before && owned.Contains(entry.Partition)).Take(limit)]);
    }

    public ValueTask Advance(IReadOnlyList<ReminderEntry> handled, CancellationToken cancel = default)
    {
        Before(nameof(Advance));
        lock (_gate)
        {
            foreach (var entry in handled)
            {
                if (_entries.TryGetValue((entry.Grain, entry.Name), out var present) && present.Version == entry.Version)
                {
                    _entries[(entry.Grain, entry.Name)] = entry with { Version = entry.Version + 1 };
                }
            }
        }

        Advanced(handled);
        return default;
    }
}
