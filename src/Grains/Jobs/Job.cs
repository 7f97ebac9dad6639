using System.Text.Json.Serialization;

namespace Troupe.Jobs;

/// <summary>One run of a published spinner over the rows of a table. Its records' outcomes are in the log <see cref="RecordLog"/>, what it runs is in its
/// <see cref="JobPlan"/>.</summary>
/// <param name="SpinnerId">The spinner.</param>
/// <param name="SpinnerVersion">The published version it keeps to the end.</param>
/// <param name="TableId">The table its rows come from.</param>
/// <param name="Total">Records to be run.</param>
/// <param name="Lanes">Lanes the records are divided over; fixed for the job's life, because each lane keeps a cursor of its own.</param>
/// <param name="StartedBy">Who asked: the actor of the request, or <c>schedule</c>.</param>
/// <param name="Alone">True lets it start only when no earlier job of its spinner is unfinished (a schedule that queues).</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Counts">What became of the records, as of the last commit.</param>
/// <param name="Ending">The end it is winding up to (<see cref="JobStatus.Canceled"/> or <see cref="JobStatus.Failed"/>); null while it is not.</param>
/// <param name="Error">Why the job itself could not go on.</param>
/// <param name="StartedAt">When its first record could start.</param>
/// <param name="EndedAt">When its last record had ended.</param>
public sealed record Job(
    string SpinnerId,
    int SpinnerVersion,
    string TableId,
    long Total,
    int Lanes,
    string StartedBy,
    bool Alone = false,
    JobStatus Status = JobStatus.Queued,
    JobCounts Counts = default,
    JobStatus? Ending = null,
    string? Error = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? EndedAt = null) : IRecord<Job>
{
    /// <inheritdoc/>
    public static Kind Kind => new("job", "job");

    /// <inheritdoc/>
    public static Facet<Job>[] Facets =>
    [
        new("spinner_id", j => j.SpinnerId),
        new("status", j => Name(j.Status)),
        new("unfinished", j => j.Ended ? null : 1L, FacetType.Integer),
    ];

    /// <inheritdoc/>
    public static Func<Job, string?>[] Search => [];

    /// <summary>Nothing more will happen to it.</summary>
    [JsonIgnore]
    public bool Ended => Status is JobStatus.Completed or JobStatus.Partial or JobStatus.Failed or JobStatus.Canceled;

    /// <summary>A status as lists filter by it.</summary>
    public static string Name(JobStatus status) => status switch
    {
        JobStatus.Queued => "queued",
        JobStatus.Running => "running",
        JobStatus.Paused => "paused",
        JobStatus.Completed => "completed",
        JobStatus.Partial => "partial",
        JobStatus.Failed => "failed",
        _ => "canceled",
    };

    /// <summary>Its first records may start; a job that started before goes on as it was.</summary>
    public Job Start(DateTimeOffset now) =>
        Status == JobStatus.Queued ? this with { Status = JobStatus.Running, StartedAt = StartedAt ?? Time.Milliseconds(now) } : this;

    /// <summary>Takes the counts of its lanes.</summary>
    public Job Progress(JobCounts counts) => Ended || counts == Counts ? this : this with { Counts = counts };

    /// <summary>Holds it. A second time changes nothing.</summary>
    public Outcome<Job> Pause() => Ended || Ending is not null ? Over("paused") : Status == JobStatus.Paused ? this : this with { Status = JobStatus.Paused };

    /// <summary>Lets it go on. A job that is not paused is left as it is.</summary>
    public Outcome<Job> Resume() => Ended
        ? Over("resumed")
        : Status == JobStatus.Paused ? this with { Status = StartedAt is null ? JobStatus.Queued : JobStatus.Running } : this;

    /// <summary>Gives it up: at once when nothing started yet, otherwise its lanes wind up first. A second time changes nothing.</summary>
    public Outcome<Job> Cancel(DateTimeOffset now)
    {
        if (Status == JobStatus.Canceled || (!Ended && Ending is not null))
        {
            return this;
        }

        if (Ended)
        {
            return Over("canceled");
        }

        return StartedAt is null
            ? this with { Status = JobStatus.Canceled, Counts = new(0, 0, 0, Total), EndedAt = Time.Milliseconds(now) }
            : this with { Status = JobStatus.Running, Ending = JobStatus.Canceled };
    }

    /// <summary>Gives it up because it cannot go on (its rows are gone).</summary>
    public Job Fail(string error) => Ended || Ending is not null ? this : this with { Status = JobStatus.Running, Ending = JobStatus.Failed, Error = error };

    /// <summary>Its lanes are done: the end follows from the counts, unless it was given up.</summary>
    public Job Finish(JobCounts counts, DateTimeOffset now)
    {
        if (Ended)
        {
            return this;
        }

        var end = Ending
            ?? (counts.Failed == 0 ? JobStatus.Completed : counts.Completed == 0 ? JobStatus.Failed : JobStatus.Partial);
        return this with { Status = end, Counts = counts, Ending = null, StartedAt = StartedAt ?? Time.Milliseconds(now), EndedAt = Time.Milliseconds(now) };
    }

    /// <summary>Records ended per second since the start; 0 before it.</summary>
    public double Rate(DateTimeOffset now)
    {
        var seconds = StartedAt is { } start ? ((EndedAt ?? now) - start).TotalSeconds : 0;
        return seconds > 0 ? Math.Round((Counts.Completed + Counts.Failed) / seconds, 1) : 0;
    }

    private Failure Over(string verb) => Failure.Conflict("job_ended", $"The job is {(Ending is null ? Name(Status) : "ending")} and can no longer be {verb}.");
}
