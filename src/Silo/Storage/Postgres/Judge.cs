namespace Troupe.Silo.Storage.Postgres;

/// <summary>Judges the changes of a transaction one after the other, each standing or falling alone, and plans what is to be written. Pure: the same rules as
/// on every engine, on a <see cref="Slate"/> instead of tables.</summary>
internal static class Judge
{
    private static readonly Committed s_stale = new(CommitStatus.Stale);

    /// <summary>The plan for these changes.</summary>
    public static Plan Of(IReadOnlyList<Change> changes, Slate slate, Tables<KindTable, LogTable> tables)
    {
        var plan = new Plan(changes.Count);
        for (var i = 0; i < changes.Count; i++)
        {
            var refused = Refuse(changes[i], slate, tables);
            plan.Answers[i] = refused ?? new Committed(CommitStatus.Stored);
            if (refused is null)
            {
                plan.Take(changes[i], slate, tables);
                slate.Keep();
            }
            else
            {
                plan.Refused++;
                slate.Discard();
            }
        }

        return plan;
    }

    private static Committed? Refuse(Change change, Slate slate, Tables<KindTable, LogTable> tables)
    {
        foreach (var reference in change.References)
        {
            if (!slate.Records[new(reference.Kind.Name, change.Workspace, reference.Id)].Live)
            {
                return new(CommitStatus.Missing, reference.Field);
            }
        }

        foreach (var record in change.Records)
        {
            if (Refuse(change.Workspace, record, slate, tables.Of(record.Kind)) is { } refused)
            {
                return refused;
            }
        }

        foreach (var rows in change.Rows)
        {
            if (!Fits(change.Workspace, rows, slate))
            {
                return s_stale;
            }
        }

        foreach (var answer in change.Answers)
        {
            var key = AnswerOf(change.Workspace, answer);
            if (slate.Answers[key])
            {
                return new(CommitStatus.Taken, "idempotency_key");
            }

            slate.Answers[key] = true;
        }

        return null;
    }

    /// <summary>The key of an answer, as the database keeps it.</summary>
    public static AnswerKey AnswerOf(string workspace, Answer answer) => new(workspace, answer.Scope, Columns.Clean(answer.Key));

    /// <summary>A value of a unique facet, as the database keeps it.</summary>
    public static ValueKey ValueOf(string workspace, RecordWrite record, int facet) =>
        new(record.Kind.Name, facet, workspace, record.Facets[facet] is string text ? Columns.Clean(text) : record.Facets[facet]!);

    private static Committed? Refuse(string workspace, RecordWrite record, Slate slate, KindTable table)
    {
        var key = new RecordKey(record.Kind.Name, workspace, record.Id);
        var was = slate.Records[key];
        if (was.Version != record.ExpectedVersion)
        {
            return s_stale;
        }

        foreach (var facet in table.Unique)
        {
            if (!record.Deleted && record.Facets[facet] is not null
                && slate.Holders[ValueOf(workspace, record, facet)] is { } holder && holder != record.Id)
            {
                return new(CommitStatus.Taken, table.Schema.Facets[facet].Name);
            }
        }

        var held = new object?[table.Unique.Count];
        foreach (var (i, facet) in table.Unique.Index())
        {
            if (was is { Live: true, Held: { } values } && values[i] is { } released)
            {
                slate.Holders[new(record.Kind.Name, facet, workspace, released)] = null;
            }

            if (!record.Deleted && record.Facets[facet] is not null)
            {
                var value = ValueOf(workspace, record, facet);
                (held[i], slate.Holders[value]) = (value.Value, record.Id);
            }
        }

        slate.Records[key] = new(record.ExpectedVersion + 1, !record.Deleted, held, Written: true);
        return null;
    }

    private static bool Fits(string workspace, RowWrite write, Slate slate)
    {
        var key = new LogKey(workspace, write.Log);
        var log = slate.Logs[key];
        switch (write)
        {
            case RowWrite.Append append:
                slate.Logs[key] = new(append.FirstSeq + append.Count, Staged: false);
                return !log.Staged && append.FirstSeq == Math.Max(log.Next, 1);
            case RowWrite.Adopt adopt:
                var stage = slate.Logs[new(workspace, adopt.Stage)];
                var fits = stage.Staged && (adopt.Log == adopt.Stage ? adopt.Offset == 0 : !log.Staged && adopt.Offset == Math.Max(log.Next, 1) - 1);
                slate.Logs[new(workspace, adopt.Stage)] = default;
                slate.Logs[key] = new(adopt.Offset + stage.Next, Staged: false);
                return fits;
            case RowWrite.Drop:
                slate.Dropped.Enqueue(log);
                slate.Logs[key] = log.Staged ? log : default;
                return true;
            default:
                throw new ArgumentException($"No such row write: {write.GetType().Name}.", nameof(write));
        }
    }
}
