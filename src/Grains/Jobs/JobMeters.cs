using System.Diagnostics.Metrics;

namespace Troupe.Jobs;

/// <summary>The meter <c>Troupe.Jobs</c>: what the lanes of this process do. There from the first lane on.</summary>
internal static class JobMeters
{
    private static readonly Meter Meter = new("Troupe.Jobs");
    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("troupe.jobs.outcomes", description: "Records that came to their end, by how.");
    private static long _lanes, _flight;

    static JobMeters()
    {
        Meter.CreateObservableGauge("troupe.jobs.lanes", () => Volatile.Read(ref _lanes), description: "Lanes of jobs at work on this node.");
        Meter.CreateObservableGauge("troupe.jobs.flight", () => Volatile.Read(ref _flight), description: "Records in flight: begun, waiting for the outside.");
    }

    /// <summary>A lane opened, +1, or closed, -1.</summary>
    public static void Lane(int change) => Interlocked.Add(ref _lanes, change);

    /// <summary>A record took off, +1, or came back, -1.</summary>
    public static void Flight(int change) => Interlocked.Add(ref _flight, change);

    /// <summary>Counts of records that came to their end are stored. One that waits is counted when its wait is over.</summary>
    public static void Stored(JobCounts before, JobCounts after)
    {
        Add("completed", after.Completed - before.Completed);
        Add("failed", after.Failed - before.Failed);
        Add("canceled", after.Canceled - before.Canceled);
    }

    private static void Add(string status, long count)
    {
        if (count > 0)
        {
            Outcomes.Add(count, new KeyValuePair<string, object?>("status", status));
        }
    }
}
