namespace Troupe.Tables;

/// <summary>The callers of one commit: decides who gets rows in, who is refused and who is answered as before, then makes one segment of all rows.</summary>
/// <param name="callers">In the order of their coming.</param>
internal sealed class IngestGroup(IReadOnlyList<IngestCaller> callers)
{
    private readonly List<IngestCaller> _accepted = [];
    private readonly List<(IngestCaller Caller, IngestCaller First)> _repeats = [];

    /// <summary>The idempotency keys that come up.</summary>
    public IReadOnlyList<string> Keys { get; } = [.. callers.Select(caller => caller.Batch.IdempotencyKey).OfType<string>().Distinct()];

    /// <summary>Rows to be stored.</summary>
    public int Rows { get; private set; }

    /// <summary>Decides for each caller; those who get nothing stored are answered, unless they repeat one of this very group.</summary>
    public void Decide(DataTable table, IReadOnlyList<Answer> known)
    {
        var answers = known.ToDictionary(answer => answer.Key);
        var firsts = new Dictionary<string, IngestCaller>();
        foreach (var caller in callers)
        {
            var batch = caller.Batch;
            if (!table.Admits(batch))
            {
                caller.Answer(DataTable.NoWebhook);
            }
            else if (batch.IdempotencyKey is { } key && answers.TryGetValue(key, out var answer))
            {
                caller.Answer(Repeat(batch, answer));
            }
            else if (batch.IdempotencyKey is { } again && firsts.TryGetValue(again, out var first))
            {
                _repeats.Add((caller, first));
            }
            else if (batch.Schema != table.Schema)
            {
                caller.Answer(Failure.Stale("table's columns"));
            }
            else
            {
                _accepted.Add(caller);
                Rows += batch.Count;
                _ = batch.IdempotencyKey is { } fresh && firsts.TryAdd(fresh, caller);
            }
        }
    }

    /// <summary>Puts rows, event and answers into the change that stores them.</summary>
    /// <param name="next">The table with the rows.</param>
    /// <param name="change">The change of the table's record.</param>
    /// <param name="body">Takes the rows when they come from several callers.</param>
    public Change Into(Stored<DataTable> next, Change change, Utf8Buffer body)
    {
        var last = next.Value.RowCount;
        var rows = new RowWrite.Append(next.Value.Log, last - Rows + 1, Rows, Body(body), next.UpdatedAt);
        var keyed = _accepted.Where(caller => caller.Batch.IdempotencyKey is not null).Select(caller =>
            new Answer(Scope(next.Id), caller.Batch.IdempotencyKey!, caller.Batch.Hash, Json.Write(new Ingested(caller.Batch.Count)), next.UpdatedAt));
        return change with { Rows = [rows], Answers = [.. keyed], Events = [TableEvents.RowsIngested(next, Rows)] };
    }

    /// <summary>Answers those whose rows were stored or refused together, and those who repeat them.</summary>
    public void Answer(Failure? refusal)
    {
        foreach (var caller in _accepted)
        {
            caller.Answer(refusal is null ? new Ingested(caller.Batch.Count) : refusal);
        }

        foreach (var (caller, first) in _repeats)
        {
            caller.Answer(!caller.Batch.Hash.Span.SequenceEqual(first.Batch.Hash.Span) ? Conflict(caller.Batch)
                : refusal is null ? new Ingested(first.Batch.Count) : refusal);
        }
    }

    /// <summary>Refuses everybody who has no answer yet.</summary>
    public void Refuse(Failure refusal)
    {
        foreach (var caller in callers)
        {
            caller.Answer(refusal);
        }
    }

    /// <summary>Tells everybody who has no answer yet of a fault.</summary>
    public void Fail(Exception fault)
    {
        foreach (var caller in callers)
        {
            caller.Fail(fault);
        }
    }

    /// <summary>What idempotency keys of a table's batches are unique within.</summary>
    public static string Scope(string table) => $"ingest:{table}";

    /// <summary>What a batch is answered whose key has an answer: the same again, or that the key belongs to another body.</summary>
    public static Outcome<Ingested> Repeat(IngestBatch batch, Answer answer) =>
        batch.Hash.Span.SequenceEqual(answer.Hash.Span) ? Json.Read<Ingested>(answer.Body.Span) : Conflict(batch);

    private static Failure Conflict(IngestBatch batch) =>
        Failure.Conflict("idempotency_conflict", "This Idempotency-Key was used with another body; use a new key for new rows.")
            .With("idempotency_key", batch.IdempotencyKey);

    private ReadOnlyMemory<byte> Body(Utf8Buffer body)
    {
        if (_accepted.Count == 1)
        {
            return _accepted[0].Batch.Rows;
        }

        body.Clear();
        foreach (var caller in _accepted)
        {
            body.Write(caller.Batch.Rows.Span);
        }

        return body.Written;
    }
}
