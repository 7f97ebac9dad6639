namespace Troupe.Silo.Storage.Postgres;

/// <summary>What a transaction writes, change upon change, in as few statements as its order allows.</summary>
internal sealed class Plan(int changes)
{
    /// <summary>The word on each change, for when the transaction is on disk.</summary>
    public Committed[] Answers { get; } = new Committed[changes];

    /// <summary>How many changes are refused.</summary>
    public int Refused { get; set; }

    /// <summary>Records that must be live, not written by this transaction before they are relied on.</summary>
    public HashSet<RecordKey> References { get; } = [];

    /// <summary>Waves of writes, one after the other: within a wave nothing is written twice and nothing depends on anything.</summary>
    public List<Wave> Waves { get; } = [];

    public List<(string Workspace, Answer Answer)> Kept { get; } = [];

    public List<(string Workspace, Event Event)> Events { get; } = [];

    public List<(string Workspace, AuditEntry Entry)> Audit { get; } = [];

    private Wave Last => Waves.Count > 0 ? Waves[^1] : NextWave();

    /// <summary>Adds a change that stands; the slate has it on top.</summary>
    public void Take(Change change, Slate slate, Tables<KindTable, LogTable> tables)
    {
        foreach (var reference in change.References)
        {
            var key = new RecordKey(reference.Kind.Name, change.Workspace, reference.Id);
            if (!slate.Records[key].Written || change.Records.Any(r => r.Kind == reference.Kind && r.Id == reference.Id))
            {
                References.Add(key);
            }
        }

        foreach (var record in change.Records)
        {
            Take(change.Workspace, record, tables.Of(record.Kind), slate);
        }

        foreach (var rows in change.Rows)
        {
            Take(change.Workspace, rows, slate);
        }

        foreach (var entry in change.Entries)
        {
            var wave = Last.EntryKeys.Add((entry.Log, change.Workspace, entry.Owner, entry.Seq)) ? Last : NextWave();
            wave.EntryKeys.Add((entry.Log, change.Workspace, entry.Owner, entry.Seq));
            wave.EntriesOf(tables.Log(entry.Log)).Add((change.Workspace, entry));
        }

        Kept.AddRange(change.Answers.Select(answer => (change.Workspace, answer)));
        Events.AddRange(change.Events.Select(happened => (change.Workspace, happened)));
        if (change.Audit is { } audit)
        {
            Audit.Add((change.Workspace, audit));
        }
    }

    private void Take(string workspace, RecordWrite record, KindTable table, Slate slate)
    {
        var key = new RecordKey(record.Kind.Name, workspace, record.Id);
        var values = new List<ValueKey>();
        var was = slate.Records.Before(key).Held;
        foreach (var (i, facet) in table.Unique.Index())
        {
            if (record.Facets[facet] is not null)
            {
                values.Add(Judge.ValueOf(workspace, record, facet));
            }

            if (was?[i] is { } released)
            {
                values.Add(new(record.Kind.Name, facet, workspace, released));
            }
        }

        // A value that one record lets go and another takes must not meet in one statement.
        var wave = Last.Records.Contains(key) || values.Exists(Last.Values.Contains) ? NextWave() : Last;
        wave.Records.Add(key);
        wave.Values.UnionWith(values);
        wave.RecordsOf(table).Of(record.ExpectedVersion == 0).Add((workspace, record));
    }

    private void Take(string workspace, RowWrite write, Slate slate)
    {
        var key = new LogKey(workspace, write.Log);
        if (write is RowWrite.Append append)
        {
            var wave = Last.Moved.Contains(key) ? NextWave() : Last;
            wave.Grown[key] = wave.Grown.TryGetValue(key, out var grown)
                ? grown with { Next = append.FirstSeq + append.Count }
                : new(append.FirstSeq, append.FirstSeq + append.Count);
            wave.Segments.Add((key, append));
            return;
        }

        Last.Moves.Add((workspace, write, write is RowWrite.Drop ? slate.Dropped.Dequeue() : default));
        Last.Moved.Add(key);
        if (write is RowWrite.Adopt adopt)
        {
            Last.Moved.Add(new(workspace, adopt.Stage));
        }
    }

    private Wave NextWave()
    {
        Waves.Add(new());
        return Waves[^1];
    }
}

/// <summary>How far a row log grows.</summary>
/// <param name="First">Number its next row must have before.</param>
/// <param name="Next">Number its next row has afterwards.</param>
internal readonly record struct Growth(long First, long Next)
{
    /// <summary>Whether the log must not be there: none is ever empty.</summary>
    public bool IsNew => First == 1;
}

/// <summary>Records of one kind.</summary>
internal sealed class RecordWrites
{
    /// <summary>Those that must not be there.</summary>
    public List<(string Workspace, RecordWrite Write)> New { get; } = [];

    /// <summary>Those that must be at their expected version.</summary>
    public List<(string Workspace, RecordWrite Write)> Old { get; } = [];

    public List<(string Workspace, RecordWrite Write)> Of(bool isNew) => isNew ? New : Old;
}

/// <summary>Writes that may go in any order.</summary>
internal sealed class Wave
{
    public SortedList<string, (KindTable Table, RecordWrites Writes)> Kinds { get; } = new(StringComparer.Ordinal);

    public Dictionary<LogKey, Growth> Grown { get; } = [];

    public List<(LogKey Log, RowWrite.Append Append)> Segments { get; } = [];

    /// <summary>Adoptions and drops, in their order, after what grows; with what each drop found.</summary>
    public List<(string Workspace, RowWrite Write, RowLog Found)> Moves { get; } = [];

    public SortedList<string, (LogTable Table, List<(string Workspace, EntryWrite Write)> Writes)> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Records it writes.</summary>
    public HashSet<RecordKey> Records { get; } = [];

    /// <summary>Values of unique facets it writes.</summary>
    public HashSet<ValueKey> Values { get; } = [];

    /// <summary>Logs it adopts or drops.</summary>
    public HashSet<LogKey> Moved { get; } = [];

    /// <summary>Entries it writes.</summary>
    public HashSet<(string Log, string Workspace, string Owner, long Seq)> EntryKeys { get; } = [];

    public RecordWrites RecordsOf(KindTable table)
    {
        if (!Kinds.TryGetValue(table.Schema.Kind.Name, out var kind))
        {
            Kinds.Add(table.Schema.Kind.Name, kind = (table, new()));
        }

        return kind.Writes;
    }

    public List<(string Workspace, EntryWrite Write)> EntriesOf(LogTable table)
    {
        if (!Entries.TryGetValue(table.Schema.Name, out var log))
        {
            Entries.Add(table.Schema.Name, log = (table, []));
        }

        return log.Writes;
    }
}
