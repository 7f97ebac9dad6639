using Troupe.Jobs;

namespace Troupe.Spinners;

/// <summary>One spinner. Key: <c>workspace/spn_…</c>.</summary>
public interface ISpinnerGrain : IResourceGrain<Spinner, SpinnerDraft>, IRemindable
{
    /// <summary>Publishes the draft as the next version.</summary>
    Task<Outcome<Stored<Spinner>>> Publish(Caller by);

    /// <summary>Starts a job of the last published version. Refused as missing, code <c>published_spinner_not_found</c>, when there is none; as forbidden, code
    /// <c>plan_limit</c>, before any job exists. A request with an idempotency key that was used before answers its job.</summary>
    Task<Outcome<Stored<Job>>> Run(RunRequest request, Caller by);

    /// <summary>Sets when runs start by themselves.</summary>
    Task<Outcome<Stored<Spinner>>> SetSchedule(SpinnerSchedule schedule, Caller by);

    /// <summary>Removes the schedule.</summary>
    Task<Outcome<Stored<Spinner>>> DropSchedule(Caller by);

    /// <summary>A job's pulse: it says what it holds of the spinner's concurrency and how much it could use, and hears its part.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="held">Slots it may be using.</param>
    /// <param name="wanted">Slots it could use now; 0 when its records only wait.</param>
    /// <param name="ended">Whether this is its last word.</param>
    [AlwaysInterleave]
    Task<Share> Refresh(string jobId, int held, int wanted, bool ended);
}

/// <summary>What to run.</summary>
/// <param name="RowIds">The rows; null for all rows of the table.</param>
/// <param name="IdempotencyKey">The request's idempotency key; null for none.</param>
public sealed record RunRequest(IReadOnlyList<string>? RowIds = null, string? IdempotencyKey = null);
