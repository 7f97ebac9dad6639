namespace Troupe.Jobs;

/// <summary>How far a lane is, kept in the same commit as the outcomes it tells of: the counts are those of the outcomes, whatever dies when.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Next">The lowest position without an outcome.</param>
/// <param name="Counts">What became of the lane's records so far.</param>
public sealed record JobLane(string JobId, long Next, JobCounts Counts) : IRecord<JobLane>
{
    /// <inheritdoc/>
    public static Kind Kind => new("job_lane", "");

    /// <inheritdoc/>
    public static Facet<JobLane>[] Facets => [];

    /// <inheritdoc/>
    public static Func<JobLane, string?>[] Search => [];

    /// <summary>The id of a job's lane.</summary>
    public static string Id(string jobId, int lane) => $"{jobId}#{lane}";
}

/// <summary>When a waiting record is due, as the facet <c>wake</c> of its outcome: the lane in the high digits, the time below, so that each lane finds its own
/// next records in one stretch of one index.</summary>
public static class Wake
{
    /// <summary>Name of the facet.</summary>
    public const string Facet = "wake";

    private const int TimeBits = 44; // milliseconds since 1970 until the year 2527

    /// <summary>The facet of a record of a lane that is due at a time.</summary>
    public static long At(int lane, DateTimeOffset due) => ((long)lane << TimeBits) | due.ToUnixTimeMilliseconds();

    /// <summary>The lowest value of a lane; that of the next lane is above all its values.</summary>
    public static long First(int lane) => (long)lane << TimeBits;

    /// <summary>The due time of a facet.</summary>
    public static DateTimeOffset Due(long wake) => DateTimeOffset.FromUnixTimeMilliseconds(wake & ((1L << TimeBits) - 1));
}
