namespace Troupe.Kernel;

/// <summary>The database failed or is out of reach. What a failed commit was about may be stored or not; load again before deciding anything. Families answer
/// it as <see cref="Refusal.Unavailable"/>.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What grains write and read back of their own. A fault (disk full, database out of reach) is a <see cref="StoreException"/>: the fate of the commit
/// is then unknown and the grain must load again before it decides anything.</summary>
public interface IStore
{
    /// <summary>Stores a change durably, all or nothing. Concurrent calls share one database transaction; each stands or falls alone. Returns only after the
    /// transaction is on disk. A change is taken or not: cancelling has no effect once it waits for the writer, since its fate would be unknown. Throws
    /// <see cref="LimitExceededException"/> when too many wait already (<see cref="Limits.CommitWaiting"/>); nothing was written then.</summary>
    ValueTask<Committed> Commit(Change change, CancellationToken cancel = default);

    /// <summary>The latest version of a record, a deleted one included; null when there never was one.</summary>
    ValueTask<StoredRecord?> Load(Kind kind, string workspace, string id, CancellationToken cancel = default);

    /// <summary>The answers kept for these idempotency keys of a scope; unknown keys are left out.</summary>
    ValueTask<IReadOnlyList<Answer>> Answers(string workspace, string scope, IReadOnlyList<string> keys, CancellationToken cancel = default);
}

/// <summary>Rows of data tables: reading and staging. Visible rows are appended through <see cref="IStore.Commit"/>.</summary>
public interface IRowStore
{
    /// <summary>Whole segments in order, starting with the one that holds <paramref name="fromSeq"/>, until at least
    /// <paramref name="rows"/> rows from there are covered or the log ends.</summary>
    ValueTask<IReadOnlyList<RowSegment>> Read(string workspace, string log, long fromSeq, int rows, CancellationToken cancel = default);

    /// <summary>Writes a segment of a staged log, durable or not: a stage that is never adopted leaves no trace after
    /// <see cref="Limits.StageRetention"/>.</summary>
    ValueTask Stage(string workspace, string stage, RowSegment segment, CancellationToken cancel = default);

    /// <summary>Gives a staged log up at once.</summary>
    ValueTask Discard(string workspace, string stage, CancellationToken cancel = default);
}

/// <summary>What was kept of who did what.</summary>
public interface IAuditLog
{
    /// <summary>A page of a workspace's entries by position, filtered by <see cref="AuditEntry.Facets"/>. Text and tag of the query must be null.</summary>
    ValueTask<Page<AuditEntry>> List(string workspace, Query query, CancellationToken cancel = default);
}

/// <summary>Events in commit order, for relays, lists and tests.</summary>
public interface IOutbox
{
    /// <summary>Events after a position, oldest first.</summary>
    ValueTask<IReadOnlyList<StoredEvent>> Read(long after, int limit, CancellationToken cancel = default);
}
