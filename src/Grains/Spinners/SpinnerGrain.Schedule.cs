using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Troupe.Jobs;

namespace Troupe.Spinners;

/// <summary>The schedule: one durable reminder for the next due time. It is set before the record tells of it, so that a crash between the two leaves a tick
/// too
/// many and never one too few.</summary>
public sealed partial class SpinnerGrain
{
    private const string Reminder = "schedule";

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Spinner>>> SetSchedule(SpinnerSchedule schedule, Caller by)
    {
        if (State?.Value.SetSchedule(schedule, Clock.GetUtcNow()) is not { } decided)
        {
            return Absent;
        }

        if (!decided.Ok)
        {
            return decided.Failure;
        }

        await Remind(decided.Value.NextRunAt!.Value);
        return await Apply(was => was.SetSchedule(schedule, Clock.GetUtcNow()), "scheduled", by);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Spinner>>> DropSchedule(Caller by)
    {
        var dropped = await Apply(was => was.ClearSchedule(), "unscheduled", by);
        if (dropped.Ok)
        {
            await Forget();
        }

        return dropped;
    }

    /// <summary>The schedule is due, perhaps for long: what was missed while the node was down is made up for by one run.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (State?.Value is not { Schedule: { } schedule, NextRunAt: { } due })
        {
            await Forget();
            return;
        }

        if (due <= Clock.GetUtcNow())
        {
            var refusal = await RunDue(schedule, due);
            await Apply(was => was.Ticked(Clock.GetUtcNow(), refusal), refusal is null ? Ticked : "run_refused", Itself);
        }

        await Remind(State!.Value.NextRunAt!.Value);
    }

    /// <summary>Starts the run of a due time, once even if it is told twice; answers why it could not.</summary>
    private async Task<string?> RunDue(SpinnerSchedule schedule, DateTimeOffset due)
    {
        var answer = new Answer($"schedule:{Key.Id}", due.ToString("O", CultureInfo.InvariantCulture), Hash(new()), default, Clock.GetUtcNow());
        if (await Known(answer) is not null || (await Unfinished() > 0 && (schedule.Overlap == Overlap.Skip || await OneWaits())))
        {
            return null;
        }

        var started = await Start(new(), answer, alone: schedule.Overlap == Overlap.Queue, Itself);
        if (started.Ok)
        {
            return null;
        }

        LogRefused(log, Key.Id, due, started.Failure.Message);
        return $"{started.Failure.Code}: {started.Failure.Message}";
    }

    private async Task<bool> OneWaits()
    {
        var waiting = await directory.List<Job>(Key.Workspace,
            OfMine with { Filters = [.. OfMine.Filters, new("status", Test.Equal, Job.Name(JobStatus.Queued))], Limit = Limits.PageMax });
        return waiting.Items.Any(job => job.Value.Alone);
    }

    private async Task Remind(DateTimeOffset due)
    {
        var wait = due - Clock.GetUtcNow();
        await this.RegisterOrUpdateReminder(Reminder, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    private async Task Forget()
    {
        if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private Caller Itself => new(Key.Workspace, "schedule");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Spinner {Spinner} could not run as scheduled at {Due}: {Reason}")]
    private static partial void LogRefused(ILogger log, string spinner, DateTimeOffset due, string reason);
}
