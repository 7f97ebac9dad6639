namespace Troupe.Silo.Storage.Postgres;

/// <summary>A record's key.</summary>
internal readonly record struct RecordKey(string Kind, string Workspace, string Id);

/// <summary>A value of a unique facet.</summary>
internal readonly record struct ValueKey(string Kind, int Facet, string Workspace, object Value);

/// <summary>A row log's key.</summary>
internal readonly record struct LogKey(string Workspace, string Log);

/// <summary>An idempotency key.</summary>
internal readonly record struct AnswerKey(string Workspace, string Scope, string Key);

/// <summary>How a record stands.</summary>
/// <param name="Version">Its version; 0 when it never was.</param>
/// <param name="Live">Whether it is there and not deleted.</param>
/// <param name="Held">Its values of unique facets, in their order; null when not known.</param>
/// <param name="Written">Whether this transaction writes it.</param>
internal readonly record struct Standing(long Version, bool Live, object?[]? Held, bool Written = false);

/// <summary>How a row log stands.</summary>
/// <param name="Next">Number its next row gets; 0 when there is no such log.</param>
/// <param name="Staged">Whether it is a stage that was not adopted yet.</param>
internal readonly record struct RowLog(long Next, bool Staged);

/// <summary>What a transaction's changes are judged by: how things stand in the database, and on top of that what the changes before have made of them.
/// Either looked up, or assumed to be just as each change expects; what was assumed proves nothing but that all may be tried.</summary>
internal sealed class Slate(bool assumed)
{
    /// <summary>Whether it was assumed.</summary>
    public bool Assumed { get; } = assumed;

    public Layers<RecordKey, Standing> Records { get; } = new();

    /// <summary>Who holds a value of a unique facet; null when nobody does.</summary>
    public Layers<ValueKey, string?> Holders { get; } = new();

    public Layers<LogKey, RowLog> Logs { get; } = new();

    /// <summary>Whether a key is in use.</summary>
    public Layers<AnswerKey, bool> Answers { get; } = new();

    /// <summary>What the drops of the present change found, in their order.</summary>
    public Queue<RowLog> Dropped { get; } = new();

    /// <summary>A slate on which everything is as the first change that mentions it expects.</summary>
    public static Slate Assume(IReadOnlyList<Change> changes)
    {
        var slate = new Slate(assumed: true);
        foreach (var change in changes)
        {
            foreach (var record in change.Records)
            {
                slate.Records.Start(new(record.Kind.Name, change.Workspace, record.Id), new(record.ExpectedVersion, record.ExpectedVersion > 0, null));
            }

            foreach (var append in change.Rows.OfType<RowWrite.Append>())
            {
                slate.Logs.Start(new(change.Workspace, append.Log), new(append.FirstSeq == 1 ? 0 : append.FirstSeq, Staged: false));
            }
        }

        foreach (var change in changes)
        {
            foreach (var reference in change.References)
            {
                slate.Records.Start(new(reference.Kind.Name, change.Workspace, reference.Id), new(1, Live: true, null));
            }
        }

        return slate;
    }

    /// <summary>Whether a change can be judged only by looking: it moves or drops whole logs, or lets unique values go.</summary>
    public static bool NeedsLook(Change change, Tables<KindTable, LogTable> tables) =>
        change.Rows.Any(rows => rows is not RowWrite.Append) || change.Records.Any(record => record.Deleted && tables.Of(record.Kind).Unique.Count > 0);

    /// <summary>Takes what the present change made into the slate.</summary>
    public void Keep()
    {
        Records.Keep();
        Holders.Keep();
        Logs.Keep();
        Answers.Keep();
    }

    /// <summary>Forgets what the present change made.</summary>
    public void Discard()
    {
        Records.Discard();
        Holders.Discard();
        Logs.Discard();
        Answers.Discard();
        Dropped.Clear();
    }
}

/// <summary>Values with changes on top that can be kept or discarded.</summary>
internal sealed class Layers<TKey, TValue> where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> _kept = [];
    private readonly Dictionary<TKey, TValue> _top = [];

    /// <summary>The present value; the default when there is none.</summary>
    public TValue? this[TKey key]
    {
        get => _top.TryGetValue(key, out var value) || _kept.TryGetValue(key, out value) ? value : default;
        set => _top[key] = value!;
    }

    /// <summary>The value before the present change.</summary>
    public TValue? Before(TKey key) => _kept.GetValueOrDefault(key);

    /// <summary>What it starts from; the first word counts.</summary>
    public void Start(TKey key, TValue value) => _kept.TryAdd(key, value);

    public void Keep()
    {
        foreach (var (key, value) in _top)
        {
            _kept[key] = value;
        }

        _top.Clear();
    }

    public void Discard() => _top.Clear();
}
