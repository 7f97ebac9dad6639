using System.Text.Json;

namespace Troupe.Runtime;

/// <summary>The runtime's bounds.</summary>
public sealed record RuntimeOptions
{
    /// <summary>How long a caller waits before it gets a <see cref="TimeoutException"/>.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Calls one activation holds, waiting and running; the next one is refused at once with <see cref="LimitExceededException"/>.</summary>
    public int MailboxCalls { get; init; } = 10_000;

    /// <summary>Idle time after which an activation is given up.</summary>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time between two looks for idle activations.</summary>
    public TimeSpan CollectionPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time after which the token of an <see cref="IGrainBase.OnActivateAsync"/> or <see cref="IGrainBase.OnDeactivateAsync"/> is cancelled.</summary>
    public TimeSpan LifecycleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time a stopping node gives queued calls and deactivations; what is left then fails.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time the turns of a partition that leaves have to end; those that still run are then given up.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a call that nobody takes is sent again, within its own time-out: longer than a lease holds, so that a call finds the successor of a
    /// node that died without a word.</summary>
    public TimeSpan RefusalPatience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Turns one activation takes before it lets go of its thread, so that no busy grain starves the others.</summary>
    public int TurnsPerSlice { get; init; } = 64;

    /// <summary>Reminder ticks that run at once.</summary>
    public int ReminderConcurrency { get; init; } = 256;

    /// <summary>Reminders read from the table, or advanced in it, at once.</summary>
    public int ReminderBatch { get; init; } = 1_000;

    /// <summary>How far ahead reminders are held in memory.</summary>
    public TimeSpan ReminderLookAhead { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Wait before a failed tick is tried again; doubles with each failure.</summary>
    public TimeSpan ReminderRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before a failed tick is tried again.</summary>
    public TimeSpan ReminderRetryMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Exceptions that keep their type between nodes, beside the runtime's own: made anew from their message, by full name of the type.</summary>
    public IReadOnlyDictionary<string, Func<string, Exception>> Faults { get; init; } = new Dictionary<string, Func<string, Exception>>();

    /// <summary>How arguments and results are written between nodes.</summary>
    public JsonSerializerOptions Json { get; init; } = JsonSerializerOptions.Web;
}
