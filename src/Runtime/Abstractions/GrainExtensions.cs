namespace Troupe.Runtime;

/// <summary>What a grain may ask of its runtime.</summary>
public static class GrainExtensions
{
    /// <summary>The key the grain was called by.</summary>
    public static string GetPrimaryKeyString(this IGrainBase grain) => grain.GrainContext.GrainId.Key;

    /// <summary>A timer of this activation, with state. It ticks in turns of the activation, never twice at once, and ends with it. A tick that
    /// fails is logged and the timer goes on.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        new GrainTimer<TState>(Activation.Of(grain), callback, state, options).Start();

    /// <summary>A timer of this activation.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
        grain.RegisterGrainTimer(static (call, cancel) => call(cancel), callback, options);

    /// <summary>A timer of this activation that does not interleave.</summary>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(callback, new() { DueTime = dueTime, Period = period });

    /// <summary>Sets a durable reminder: first due after <paramref name="dueTime"/>, then every <paramref name="period"/> (one minute or more).
    /// Durable when it returns; replaces a reminder of the same name. The grain class must be <see cref="IRemindable"/>.</summary>
    /// <exception cref="ArgumentException">The period is under a minute, or the due time is negative.</exception>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        var activation = Activation.Of(grain);
        return activation.Node.Reminders.Register(activation, reminderName, dueTime, period);
    }

    /// <summary>Ends a reminder. Ending one that is not there is not an error.</summary>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder)
    {
        var activation = Activation.Of(grain);
        return activation.Node.Reminders.Unregister(activation.GrainId, reminder.ReminderName);
    }

    /// <summary>A reminder by name; null when there is none.</summary>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName)
    {
        var activation = Activation.Of(grain);
        return activation.Node.Reminders.Find(activation.GrainId, reminderName);
    }

    /// <summary>All reminders of the grain.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this Grain grain)
    {
        var activation = Activation.Of(grain);
        return activation.Node.Reminders.All(activation.GrainId);
    }
}
