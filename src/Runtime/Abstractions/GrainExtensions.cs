namespace Troupe.Runtime;

/// <summary>What a grain may ask of its runtime.</summary>
public static class GrainExtensions
{
    /// <summary>The key the grain was called by.</summary>
    public static string GetPrimaryKeyString(this IGrainBase grain) => grain.GrainContext.GrainId.Key;

    /// <summary>A timer of this activation, with state.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) => throw new NotSupportedException();

    /// <summary>A timer of this activation.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
        grain.RegisterGrainTimer(static (call, cancel) => call(cancel), callback, options);

    /// <summary>A timer of this activation that does not interleave.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(callback, new() { DueTime = dueTime, Period = period });

    /// <summary>Sets a durable reminder: first due after <paramref name="dueTime"/>, then every <paramref name="period"/> (one minute or more).</summary>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

    /// <summary>Ends a reminder.</summary>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder) => throw new NotSupportedException();

    /// <summary>A reminder by name; null when there is none.</summary>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName) => throw new NotSupportedException();

    /// <summary>All reminders of the grain.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this Grain grain) => throw new NotSupportedException();
}
