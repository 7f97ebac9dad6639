using Troupe.Tables;

namespace Troupe.Jobs;

/// <summary>One job. Key: <c>workspace/job_…</c>.</summary>
public interface IJobGrain : IGrainWithStringKey, IRemindable
{
    /// <summary>Makes the job; only its spinner does, which has charged the plan for it.</summary>
    Task<Outcome<Stored<Job>>> Create(JobStart start, Caller by);

    /// <summary>The job with its counts as of now.</summary>
    [AlwaysInterleave]
    Task<Outcome<Stored<Job>>> Read();

    /// <summary>Gives it up: records in flight are cut short, waiting ones and those not started are given up. A second time changes nothing;
    /// a conflict, code <c>job_ended</c>, when it ended otherwise.</summary>
    Task<Outcome<Stored<Job>>> Cancel(Caller by);

    /// <summary>Holds it: when this is answered no further record starts; those in flight end.</summary>
    Task<Outcome<Stored<Job>>> Pause(Caller by);

    /// <summary>Lets it go on.</summary>
    Task<Outcome<Stored<Job>>> Resume(Caller by);

    /// <summary>The job once it has ended, or as it is after <paramref name="patience"/>.</summary>
    [AlwaysInterleave]
    Task<Outcome<Stored<Job>>> Ended(TimeSpan patience);

    /// <summary>Something may have changed for it: slots came free, a lane has news, the node has just started. Calling it needlessly does no harm.</summary>
    [AlwaysInterleave]
    [OneWay]
    Task Poke();
}

/// <summary>What a job is made from.</summary>
/// <param name="SpinnerId">The spinner.</param>
/// <param name="SpinnerVersion">Its published version.</param>
/// <param name="Table">The table as it is now.</param>
/// <param name="Rows">Sequence numbers of the selected rows in rising order; null for all.</param>
/// <param name="Lanes">Lanes to divide the records over.</param>
/// <param name="Alone">See <see cref="Job.Alone"/>.</param>
public sealed record JobStart(string SpinnerId, int SpinnerVersion, TableSnapshot Table, IReadOnlyList<long>? Rows, int Lanes, bool Alone = false)
{
    /// <summary>The answer to keep for the request's idempotency key, if it had one.</summary>
    public Answer? Answer { get; init; }
}
