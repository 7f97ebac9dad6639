namespace Troupe.Jobs;

/// <summary>Where a job stands [management-api.md "Spinners and jobs"].</summary>
public enum JobStatus
{
    /// <summary>Accepted; earlier jobs of its spinner use up the concurrency.</summary>
    Queued,

    /// <summary>Started, and not every record has ended.</summary>
    Running,

    /// <summary>Held: no record starts or resumes until the job is resumed.</summary>
    Paused,

    /// <summary>Ended, no record failed.</summary>
    Completed,

    /// <summary>Ended, some records failed.</summary>
    Partial,

    /// <summary>Ended, every record failed, or the job itself could not go on.</summary>
    Failed,

    /// <summary>Ended on demand.</summary>
    Canceled,
}

/// <summary>Records of a job, or of one of its lanes, by what became of them.</summary>
/// <param name="Completed">Ran to their last step.</param>
/// <param name="Failed">Stopped by a step that failed for good.</param>
/// <param name="Waiting">Stored until a time comes.</param>
/// <param name="Canceled">Given up with the job; those that never started are counted here and have no record.</param>
public readonly record struct JobCounts(long Completed, long Failed, long Waiting, long Canceled)
{
    /// <summary>Records that nothing more will happen to.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Ended => Completed + Failed + Canceled;

    /// <summary>Both together.</summary>
    public static JobCounts operator +(JobCounts one, JobCounts other) => new(
        one.Completed + other.Completed, one.Failed + other.Failed, one.Waiting + other.Waiting, one.Canceled + other.Canceled);
}
