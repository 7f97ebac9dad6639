namespace Troupe.Jobs;

/// <summary>Runs one block of a job's records. Key: <c>workspace/job_…#lane</c>. It knows nothing by heart: each order says everything, so that a lane
/// that died goes on with the next order.</summary>
public interface IJobLaneGrain : IGrainWithStringKey
{
    /// <summary>Takes an order and reports. Returns at once; records run meanwhile.</summary>
    Task<LaneReport> Step(LaneOrder order);
}

/// <summary>What a lane is to do.</summary>
public enum LaneMode
{
    /// <summary>Start records and resume those whose wait is over.</summary>
    Run,

    /// <summary>Start nothing; let those in flight end.</summary>
    Hold,

    /// <summary>Give up what has not ended: in flight, waiting and not started.</summary>
    Stop,
}

/// <summary>An order to a lane.</summary>
/// <param name="Block">The positions it runs; the same in every order of a job.</param>
/// <param name="Mode">What to do.</param>
/// <param name="Share">Its part of the job's share.</param>
public sealed record LaneOrder(Block Block, LaneMode Mode, Share Share);

/// <summary>How a lane stands.</summary>
/// <param name="Counts">Its outcomes, as committed.</param>
/// <param name="Held">Slots it may be using: its share, or what is in flight when that is more.</param>
/// <param name="Wanted">Slots it could use now; 0 when its records only wait.</param>
/// <param name="NextDue">When the first waiting record is due; null when none waits, or when it is not known yet.</param>
/// <param name="Idle">Nothing is in flight and every outcome is stored: the counts will not change by themselves.</param>
/// <param name="Done">Every record has ended.</param>
/// <param name="Error">Why it cannot go on; null when it can.</param>
public sealed record LaneReport(JobCounts Counts, int Held, int Wanted, DateTimeOffset? NextDue, bool Idle, bool Done, string? Error = null);
