namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Carries out changes inside the writer's transaction. What may be refused comes first, each part judged just before it is written, so that a
/// refusal of the first part has written nothing; a savepoint is needed only when a second part could be refused after the first was written.</summary>
internal static class ChangeWriter
{
    private static readonly Committed Done = new(CommitStatus.Stored);

    /// <summary>Stores a change, or nothing of it.</summary>
    /// <param name="connection">The writer's connection, in a transaction.</param>
    /// <param name="tables">The declared tables.</param>
    /// <param name="change">What to store.</param>
    /// <param name="now">The clock: answers older than <see cref="Limits.AnswerRetention"/> no longer count.</param>
    public static Committed Store(Connection connection, Tables<KindTable, LogTable> tables, Change change, DateTimeOffset now)
    {
        if (change.Records.Count + change.Rows.Count + change.Answers.Count <= 1)
        {
            return Apply(connection, tables, change, now);
        }

        connection.Run("SAVEPOINT change");
        var committed = Apply(connection, tables, change, now);
        if (committed.Status != CommitStatus.Stored)
        {
            connection.Run("ROLLBACK TO change");
        }

        connection.Run("RELEASE change");
        return committed;
    }

    private static Committed Apply(Connection connection, Tables<KindTable, LogTable> tables, Change change, DateTimeOffset now)
    {
        foreach (var reference in change.References)
        {
            using var find = connection.Use(tables.Of(reference.Kind).Live);
            if (!find.With(change.Workspace).With(reference.Id).Step())
            {
                return new(CommitStatus.Missing, reference.Field);
            }
        }

        foreach (var record in change.Records)
        {
            if (RecordWriter.Write(connection, tables.Of(record.Kind), change.Workspace, record) is { } refused)
            {
                return refused;
            }
        }

        foreach (var rows in change.Rows)
        {
            if (!RowWriter.Write(connection, change.Workspace, rows))
            {
                return new(CommitStatus.Stale);
            }
        }

        foreach (var answer in change.Answers)
        {
            if (!AnswerRows.Write(connection, change.Workspace, answer, now))
            {
                return new(CommitStatus.Taken, "idempotency_key");
            }
        }

        EntryWriter.Write(connection, tables, change.Workspace, change.Entries);
        Tell(connection, change);
        return Done;
    }

    private static void Tell(Connection connection, Change change)
    {
        foreach (var happened in change.Events)
        {
            using var insert = connection.Use("INSERT INTO outbox (workspace, id, type, subject, time, data, previous) VALUES (?, ?, ?, ?, ?, ?, ?)");
            insert.With(change.Workspace).With(happened.Id).With(happened.Type).With(happened.Subject).With(happened.Time).With(happened.Data)
                .With(happened.Previous).Run();
        }

        if (change.Audit is { } audit)
        {
            using var insert = connection.Use(
                "INSERT INTO audit (workspace, id, actor, action, subject, request_id, time, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
            insert.With(change.Workspace).With(audit.Id).With(audit.Actor).With(audit.Action).With(audit.Subject).With(audit.RequestId).With(audit.Time)
                .With(audit.Detail).Run();
        }
    }
}
