using Troupe.Spinners;

namespace Troupe.Api.Families.Workspace;

/// <summary>A spinner as it is shown: the draft, which may be sent back as it is, and what is known of its runs.</summary>
/// <param name="Start">Id of the first step; null means the first in the list.</param>
/// <param name="PublishedVersion">Number of the last published version; 0 before the first.</param>
/// <param name="Schedule">Null for a spinner that runs only when asked.</param>
/// <param name="LastRefusal">Why the last due run could not start; null when it did.</param>
public sealed record SpinnerView(
    string Id,
    string Name,
    string? TableId,
    int Concurrency,
    double? RatePerSecond,
    string? Start,
    RawJson Steps,
    int PublishedVersion,
    DateTimeOffset? PublishedAt,
    ScheduleView? Schedule,
    string? LastRefusal,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>The view of a spinner.</summary>
    public static SpinnerView Of(Stored<Spinner> stored, TimeProvider clock)
    {
        var spinner = stored.Value;
        return new(
            stored.Id, spinner.Name, spinner.TableId, spinner.Concurrency, spinner.RatePerSecond, spinner.Start, new(Json.Write(spinner.Steps)),
            spinner.PublishedVersion, spinner.PublishedAt, spinner.Schedule is null ? null : ScheduleView.Of(spinner.Schedule, clock), spinner.LastRefusal,
            stored.CreatedAt, stored.UpdatedAt);
    }
}

/// <summary>A schedule as it is shown.</summary>
/// <param name="NextTimes">The next five times, UTC.</param>
public sealed record ScheduleView(string Cron, string TimeZone, Overlap Overlap, IReadOnlyList<DateTimeOffset> NextTimes)
{
    private const int Shown = 5;

    /// <summary>The view of a schedule that was accepted.</summary>
    public static ScheduleView Of(SpinnerSchedule schedule, TimeProvider clock) =>
        new(schedule.Cron, schedule.TimeZone, schedule.Overlap, CronPlan.Parse(schedule.Cron, schedule.TimeZone).Value!.Next(clock.GetUtcNow(), Shown));
}
