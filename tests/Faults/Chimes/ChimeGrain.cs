namespace Troupe.Tests;

/// <summary>A grain with one reminder, which it reports when it falls due.</summary>
public interface IChimeGrain : IGrainWithStringKey
{
    /// <summary>Sets the reminder.</summary>
    Task Set(DateTimeOffset due);
}

/// <summary>See <see cref="IChimeGrain"/>. Its key is <c>chime/number</c>.</summary>
public sealed class ChimeGrain(ChimeReport report, TimeProvider clock) : Grain, IChimeGrain, IRemindable
{
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    /// <summary>The key of a number.</summary>
    public static string Key(int number) => $"chime/{number}";

    /// <inheritdoc/>
    public Task Set(DateTimeOffset due) => this.RegisterOrUpdateReminder("chime", due - clock.GetUtcNow(), Period);

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => report.Tell(this.GetPrimaryKeyString());
}
