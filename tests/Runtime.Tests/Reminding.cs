using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>What tests of reminders wait for.</summary>
internal static class Reminding
{
    private static readonly TimeSpan s_step = TimeSpan.FromMinutes(1);

    /// <summary>Ends when handled ticks are next written down.</summary>
    public static Task NextSave(this MemoryReminderTable table)
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        table.Advanced = _ => saved.TrySetResult();
        return saved.Task;
    }

    /// <summary>Moves the clock on minute by minute, as time does for a service that looks ahead.</summary>
    public static void AdvanceInSteps(this FakeClock clock, TimeSpan time)
    {
        for (; time > s_step; time -= s_step)
        {
            clock.Advance(s_step);
        }

        clock.Advance(time);
    }
}
