namespace Troupe.Spinners;

/// <summary>One record to be run.</summary>
/// <param name="Workspace">The workspace.</param>
/// <param name="JobId">The job.</param>
/// <param name="RecordId">The record.</param>
/// <param name="SpinnerId">The spinner.</param>
/// <param name="Row">The row's JSON array in column order; not looked at when the record is resumed.</param>
/// <param name="Resume">The stored body of a waiting record, which holds its payload, output, journey and the step to go on with; null at the start.</param>
public sealed record RecordRun(string Workspace, string JobId, string RecordId, string SpinnerId, ReadOnlyMemory<byte> Row,
    ReadOnlyMemory<byte>? Resume = null);

/// <summary>Where a record stands.</summary>
public enum RecordStatus
{
    /// <summary>Being run.</summary>
    Started,

    /// <summary>Its last step is done.</summary>
    Completed,

    /// <summary>A step failed for good.</summary>
    Failed,

    /// <summary>Stored until a time comes.</summary>
    Waiting,

    /// <summary>Given up because its job was canceled.</summary>
    Canceled,
}

/// <summary>What became of a record.</summary>
/// <param name="Status">Completed, failed or waiting.</param>
/// <param name="Disposition">The last tag; null when there was none.</param>
/// <param name="Body">The record's journal as JSON: <c>{payload, output, disposition, journey: [{step, type, outcome, message, at, attempt}], error?, next?,
/// started_at, ended_at?}</c>.
/// An array of its own; the caller may keep it.</param>
/// <param name="WaitUntil">When to run the record again with this body as <see cref="RecordRun.Resume"/>; null unless waiting.</param>
public sealed record RecordResult(RecordStatus Status, string? Disposition, ReadOnlyMemory<byte> Body, DateTimeOffset? WaitUntil);
