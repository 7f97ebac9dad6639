using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>What a lane works with; nothing of it changes while the lane lives.</summary>
/// <param name="Workspace">The workspace.</param>
/// <param name="JobId">The job.</param>
/// <param name="Lane">The lane's number.</param>
/// <param name="Block">Its positions.</param>
/// <param name="Plan">What the job runs.</param>
/// <param name="Pipeline">The compiled definition.</param>
/// <param name="Ports">The outside.</param>
/// <param name="Store">Where outcomes go.</param>
/// <param name="Rows">Where rows come from.</param>
/// <param name="Directory">Where outcomes are read back.</param>
/// <param name="Clock">The clock.</param>
internal sealed record LaneWork(
    string Workspace,
    string JobId,
    int Lane,
    Block Block,
    JobPlan Plan,
    Pipeline Pipeline,
    IStepPorts Ports,
    IStore Store,
    IRowStore Rows,
    IDirectory Directory,
    TimeProvider Clock)
{
    /// <summary>Called, on any thread, when the job should hear of the lane before its next pulse.</summary>
    public required Action News { get; init; }

    /// <summary>A record as its pipeline takes it.</summary>
    public RecordRun Run(LaneItem item) => new(Workspace, JobId, RecordId.Of(JobId, item.Seq), Plan.SpinnerId, item.Row, item.Resume);

    /// <summary>The outcome of a record that its pipeline did not bring to an end.</summary>
    public RecordResult GiveUp(LaneItem item, RecordStatus status, string reason) => Pipeline.GiveUp(Run(item), status, reason, Clock);

    /// <summary>The outcome of a record that is given up with its job.</summary>
    public RecordResult Cancel(LaneItem item) => GiveUp(item, RecordStatus.Canceled, "The job was canceled.");

    /// <summary>Called, on any thread, with a bug that the record of a row met.</summary>
    public required Action<Exception, long> Report { get; init; }
}

/// <summary>A record to be run or resumed.</summary>
/// <param name="Seq">The row.</param>
/// <param name="Position">Its position; -1 for a record that is resumed, whose position has its outcome already.</param>
/// <param name="Row">The row's line; empty when resumed.</param>
/// <param name="Resume">The stored body of a record that waited; null for one that starts.</param>
internal readonly record struct LaneItem(long Seq, long Position, ReadOnlyMemory<byte> Row, ReadOnlyMemory<byte>? Resume = null)
{
    /// <summary>A record that waits.</summary>
    public static LaneItem Of(StoredEntry waiting) => new(waiting.Seq, -1, default, waiting.Body);
}
