namespace Troupe.Runtime;

/// <summary>A timer of an activation; it ends with it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets it anew.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a grain timer runs.</summary>
public struct GrainTimerCreationOptions
{
    /// <summary>Time to the first tick.</summary>
    public TimeSpan DueTime { get; set; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for one tick only.</summary>
    public TimeSpan Period { get; set; }

    /// <summary>Whether ticks may interleave with calls; false makes each a turn of its own.</summary>
    public bool Interleave { get; set; }

    /// <summary>Whether ticks keep the activation from being collected.</summary>
    public bool KeepAlive { get; set; }
}

/// <summary>A grain that has reminders.</summary>
public interface IRemindable : IGrain
{
    /// <summary>A reminder is due. It stays due until this has ended well.</summary>
    Task ReceiveReminder(string reminderName, TickStatus status);
}

/// <summary>What a tick is about.</summary>
/// <param name="FirstTickTime">When the reminder was first due.</param>
/// <param name="Period">Its period.</param>
/// <param name="CurrentTickTime">When this tick was delivered.</param>
public readonly record struct TickStatus(DateTime FirstTickTime, TimeSpan Period, DateTime CurrentTickTime);

/// <summary>A handle to a reminder.</summary>
public interface IGrainReminder
{
    /// <summary>Its name, unique within the grain.</summary>
    string ReminderName { get; }
}

/// <summary>A reminder as it is kept.</summary>
/// <param name="Grain">Whose.</param>
/// <param name="Partition">The grain's partition, so that its owner finds its own.</param>
/// <param name="Name">Unique within the grain.</param>
/// <param name="FirstDueAt">When it was first due.</param>
/// <param name="DueAt">When the next tick is due, UTC, exact to the millisecond.</param>
/// <param name="Period">Time between ticks, one minute or more.</param>
/// <param name="Version">Changes with every registration and every tick; what is decided on an older one is refused.</param>
public sealed record ReminderEntry(
    GrainId Grain, int Partition, string Name, DateTimeOffset FirstDueAt, DateTimeOffset DueAt, TimeSpan Period, long Version);

/// <summary>Where reminders are kept. Every method is durable when it returns.</summary>
public interface IReminderTable
{
    /// <summary>Writes a reminder, replacing one of the same grain and name; gives it back with its new version, which no earlier reminder of that
    /// name has had. The version of the entry passed in means nothing.</summary>
    ValueTask<ReminderEntry> Upsert(ReminderEntry entry, CancellationToken cancel = default);

    /// <summary>One reminder; null when there is none.</summary>
    ValueTask<ReminderEntry?> Find(GrainId grain, string name, CancellationToken cancel = default);

    /// <summary>All reminders of a grain.</summary>
    ValueTask<IReadOnlyList<ReminderEntry>> All(GrainId grain, CancellationToken cancel = default);

    /// <summary>Removes a reminder at any version; false when there was none.</summary>
    ValueTask<bool> Remove(GrainId grain, string name, CancellationToken cancel = default);

    /// <summary>Reminders of these partitions due before a time, the earliest first.</summary>
    ValueTask<IReadOnlyList<ReminderEntry>> Due(IReadOnlyList<int> partitions, DateTimeOffset before, int limit, CancellationToken cancel = default);

    /// <summary>Sets the next due time of reminders whose ticks were handled. One that has another version by now is left as it is, one that is gone
    /// stays gone. The stored version is one more than the entry's.</summary>
    ValueTask Advance(IReadOnlyList<ReminderEntry> handled, CancellationToken cancel = default);
}
