namespace Troupe.Spinners;

/// <summary>A cron expression in a time zone: tells when the next run is due.</summary>
public sealed class CronPlan
{
    private CronPlan()
    {
    }

    /// <summary>Reads both; a refusal names the field (<c>cron</c> or <c>time_zone</c>).</summary>
    public static Outcome<CronPlan> Parse(string cron, string timeZone) => throw new NotSupportedException();

    /// <summary>The first due time strictly after a moment.</summary>
    public DateTimeOffset Next(DateTimeOffset after) => throw new NotSupportedException();

    /// <summary>The next due times after a moment, in order.</summary>
    public IReadOnlyList<DateTimeOffset> Next(DateTimeOffset after, int count) => throw new NotSupportedException();
}
