namespace Troupe.Tables;

/// <summary>Somebody who waits for rows to be stored.</summary>
internal sealed class IngestCaller(IngestBatch batch)
{
    // Callers go on elsewhere: the grain's turn does not run their code.
    private readonly TaskCompletionSource<Outcome<Ingested>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is to be stored.</summary>
    public IngestBatch Batch => batch;

    /// <summary>Completes with the answer.</summary>
    public Task<Outcome<Ingested>> Waiting => _answer.Task;

    /// <summary>Answers; only the first answer counts.</summary>
    public void Answer(Outcome<Ingested> answer) => _answer.TrySetResult(answer);

    /// <summary>Tells of a fault: the fate of the rows is unknown.</summary>
    public void Fail(Exception fault) => _answer.TrySetException(fault);
}

/// <summary>The callers who wait for the next commits of a table, in the order of their coming. Bounded by bytes here and by number in the grain's
/// mailbox.</summary>
internal sealed class IngestQueue
{
    private readonly Queue<IngestCaller> _callers = new();
    private long _bytes;

    /// <summary>True when nobody waits.</summary>
    public bool IsEmpty => _callers.Count == 0;

    /// <summary>Lines a batch up; null when <see cref="Limits.IngestWaitingBytes"/> are waiting.</summary>
    public IngestCaller? Add(IngestBatch batch)
    {
        if (_bytes > 0 && _bytes + batch.Rows.Length > Limits.IngestWaitingBytes)
        {
            return null;
        }

        var caller = new IngestCaller(batch);
        _callers.Enqueue(caller);
        _bytes += batch.Rows.Length;
        return caller;
    }

    /// <summary>Takes those who share the next commit: at least one, then as many as fit <see cref="Limits.IngestCommitRows"/> and
    /// <see cref="Limits.IngestCommitBytes"/>.</summary>
    public List<IngestCaller> Take()
    {
        var group = new List<IngestCaller>(Math.Min(_callers.Count, 256));
        var (rows, bytes) = (0, 0L);
        while (_callers.TryPeek(out var caller)
            && (group.Count == 0 || (rows + caller.Batch.Count <= Limits.IngestCommitRows && bytes + caller.Batch.Rows.Length <= Limits.IngestCommitBytes)))
        {
            group.Add(_callers.Dequeue());
            rows += caller.Batch.Count;
            bytes += caller.Batch.Rows.Length;
        }

        _bytes -= bytes;
        return group;
    }
}
