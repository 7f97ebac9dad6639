namespace Troupe.Kernel;

/// <summary>Everything one decision writes. All or nothing: <see cref="IStore.Commit"/> either stores all of it or none.</summary>
/// <param name="Workspace">The workspace of every part.</param>
public sealed record Change(string Workspace)
{
    /// <summary>Records of other grains that must be there, live, before this change; judged first.</summary>
    public IReadOnlyList<Reference> References { get; init; } = [];

    /// <summary>The grain's own record, and any that are born with it. Each is compared with its expected version.</summary>
    public IReadOnlyList<RecordWrite> Records { get; init; } = [];

    /// <summary>Log entries, written or replaced by (log, owner, sequence number).</summary>
    public IReadOnlyList<EntryWrite> Entries { get; init; } = [];

    /// <summary>Table rows appended, adopted from a staged import, or dropped.</summary>
    public IReadOnlyList<RowWrite> Rows { get; init; } = [];

    /// <summary>What happened, for the outbox.</summary>
    public IReadOnlyList<Event> Events { get; init; } = [];

    /// <summary>Answers kept for idempotency keys.</summary>
    public IReadOnlyList<Answer> Answers { get; init; } = [];

    /// <summary>Who did it.</summary>
    public AuditEntry? Audit { get; init; }
}

/// <summary>A record that a change relies on.</summary>
/// <param name="Field">The member that names it, for the refusal.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Id">Its id in the change's workspace.</param>
public sealed record Reference(string Field, Kind Kind, string Id)
{
    /// <summary>References without those whose id is null.</summary>
    public static IReadOnlyList<Reference> Of(params ReadOnlySpan<(string Field, Kind Kind, string? Id)> members)
    {
        var references = new List<Reference>(members.Length);
        foreach (var (field, kind, id) in members)
        {
            if (id is not null)
            {
                references.Add(new(field, kind, id));
            }
        }

        return references;
    }
}

/// <summary>A record to be stored.</summary>
/// <param name="Kind">The kind; its schema is known to the store.</param>
/// <param name="Id">The id.</param>
/// <param name="ExpectedVersion">The version the decision was made on; 0 when the record must not exist. The stored version is one more.</param>
/// <param name="Body">The record as JSON (<see cref="Json"/>).</param>
/// <param name="Facets">Facet values in the order of the schema: string, long, double or null.</param>
/// <param name="Search">Free text, or null.</param>
/// <param name="Time">Time of the change; also the creation time when the expected version is 0.</param>
/// <param name="Deleted">True writes a tombstone: the record is gone from lists and loads as deleted; its unique facets are free again.</param>
public sealed record RecordWrite(
    Kind Kind, string Id, long ExpectedVersion, ReadOnlyMemory<byte> Body, object?[] Facets, string? Search, DateTimeOffset Time, bool Deleted = false)
{
    /// <summary>Tags the record gains. What it had is known from the expected version, so only differences are written.</summary>
    public IReadOnlyList<string> Tagged { get; init; } = [];

    /// <summary>Tags the record loses.</summary>
    public IReadOnlyList<string> Untagged { get; init; } = [];
}

/// <summary>A record as the store gives it back.</summary>
public sealed record StoredRecord(string Id, long Version, ReadOnlyMemory<byte> Body, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, bool Deleted)
{
    /// <summary>The record, read from its body.</summary>
    public Stored<T> Read<T>() => new(Id, Version, CreatedAt, UpdatedAt, Json.Read<T>(Body.Span));
}

/// <summary>A log entry to be stored.</summary>
/// <param name="Log">Name of the log (<see cref="LogSchema.Name"/>).</param>
/// <param name="Owner">Id of the owning record.</param>
/// <param name="Seq">Sequence number within the owner.</param>
/// <param name="Body">The entry as JSON.</param>
/// <param name="Facets">Facet values in the order of the schema.</param>
/// <param name="Time">Time of the write; the creation time of a replaced entry is kept.</param>
public sealed record EntryWrite(string Log, string Owner, long Seq, ReadOnlyMemory<byte> Body, object?[] Facets, DateTimeOffset Time);

/// <summary>A log entry as the store gives it back.</summary>
public sealed record StoredEntry(long Seq, ReadOnlyMemory<byte> Body, object?[] Facets, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>A write to a row log. Rows are stored in segments: consecutive rows as UTF-8 JSON arrays in column order, one a line
/// (<c>["Ada","+1555"]\n</c>). JSON text has no raw line feed, so a line is a row. See docs/decisions/0002-row-segments.md.</summary>
public abstract record RowWrite(string Log)
{
    /// <summary>Appends a segment.</summary>
    /// <param name="Log">The row log's id.</param>
    /// <param name="FirstSeq">Sequence number of the first row; the first of a log is 1. A log refuses a second segment that starts at the same number.</param>
    /// <param name="Count">Number of rows (lines) in the body.</param>
    /// <param name="Body">The lines.</param>
    /// <param name="Time">Arrival time of the rows.</param>
    public sealed record Append(string Log, long FirstSeq, int Count, ReadOnlyMemory<byte> Body, DateTimeOffset Time) : RowWrite(Log);

    /// <summary>Moves all segments of a staged log behind the rows of another: <see cref="Offset"/> is added to each sequence number.</summary>
    public sealed record Adopt(string Log, string Stage, long Offset) : RowWrite(Log);

    /// <summary>Gives a log up; its segments are invisible at once and erased in the background.</summary>
    public sealed record Drop(string Log) : RowWrite(Log);
}

/// <summary>A run of consecutive rows as it is stored.</summary>
/// <param name="FirstSeq">Sequence number of the first row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Body">The rows, one JSON array a line.</param>
/// <param name="Time">Arrival time of the rows.</param>
public sealed record RowSegment(long FirstSeq, int Count, ReadOnlyMemory<byte> Body, DateTimeOffset Time);

/// <summary>Something that happened, recorded in the commit of the change it tells of.</summary>
/// <param name="Id"><c>ev_…</c>, unique, sortable; consumers are idempotent by it.</param>
/// <param name="Type"><c>kind.verb</c> in the past, e.g. <c>contact.created</c>.</param>
/// <param name="Subject">Id of the thing it is about.</param>
/// <param name="Time">When.</param>
/// <param name="Data">The thing after the change, as JSON.</param>
public sealed record Event(string Id, string Type, string Subject, DateTimeOffset Time, ReadOnlyMemory<byte> Data)
{
    /// <summary>The thing before the change, as JSON; empty when there was none, or when the event does not tell.</summary>
    public ReadOnlyMemory<byte> Previous { get; init; }
}

/// <summary>An event as read back from the outbox.</summary>
/// <param name="Position">Grows with every commit of the store; never reused.</param>
public sealed record StoredEvent(long Position, string Workspace, Event Event);

/// <summary>The answer given to a keyed request, kept so that its repetition answers the same and changes nothing.</summary>
/// <param name="Scope">What the key is unique within, e.g. <c>ingest:&lt;table&gt;</c>.</param>
/// <param name="Key">The caller's idempotency key.</param>
/// <param name="Hash">Hash of the request body; the same key with another hash is a conflict.</param>
/// <param name="Body">The answer, as the scope's owner writes it.</param>
/// <param name="Time">When it was given; answers are kept for <see cref="Limits.AnswerRetention"/>.</param>
public sealed record Answer(string Scope, string Key, ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Body, DateTimeOffset Time);

/// <summary>Who did what, kept with the change.</summary>
/// <param name="Id"><c>aud_…</c>, unique, sortable.</param>
/// <param name="Actor">Who (<see cref="Caller.Actor"/>).</param>
/// <param name="Action"><c>kind.verb</c> in the past, as in the event of the change.</param>
/// <param name="Subject">Id of the record.</param>
/// <param name="RequestId">The request that asked; empty when none did.</param>
/// <param name="Time">When.</param>
public sealed record AuditEntry(string Id, string Actor, string Action, string Subject, string RequestId, DateTimeOffset Time)
{
    /// <summary>What lists of entries may be filtered by, in the form of the facets of a log.</summary>
    public static IReadOnlyList<Facet> Facets { get; } = [new("actor"), new("action"), new("subject"), new("time", FacetType.Integer)];

    /// <summary>What was asked and what it changed, a JSON object; empty when that is not told. The store keeps it as it is.</summary>
    public ReadOnlyMemory<byte> Detail { get; init; }
}

/// <summary>What became of a <see cref="Change"/>.</summary>
public enum CommitStatus
{
    /// <summary>Durable.</summary>
    Stored,

    /// <summary>A record is not at its expected version, or a segment already starts at that number: nothing was written.</summary>
    Stale,

    /// <summary>A unique facet is held by another record, or the idempotency key is in use: nothing was written.</summary>
    Taken,

    /// <summary>A record that the change relies on is not there: nothing was written.</summary>
    Missing,
}

/// <summary>The store's word on a commit.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Facet">With <see cref="CommitStatus.Taken"/>: the facet that is taken, or <c>idempotency_key</c>.
/// With <see cref="CommitStatus.Missing"/>: the field of the
/// <see cref="Reference"/>.</param>
public readonly record struct Committed(CommitStatus Status, string? Facet = null);
