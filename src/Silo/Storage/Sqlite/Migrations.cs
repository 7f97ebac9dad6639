namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The store's own tables, step by step. A step that was released is never edited; a change is a new step. Tables of kinds and logs follow their
/// declarations instead (<see cref="Declared"/>).</summary>
internal static class Migrations
{
    /// <summary>The steps: the number, what it does, how.</summary>
    private static readonly (int Number, string Name, string Sql)[] Steps =
    [
        (1, "tables of the store", """
            CREATE TABLE declarations (name TEXT PRIMARY KEY, declared TEXT NOT NULL) WITHOUT ROWID;

            CREATE TABLE log_owners (
              id INTEGER PRIMARY KEY, log TEXT NOT NULL, workspace TEXT NOT NULL, owner TEXT NOT NULL,
              UNIQUE (workspace, owner, log));

            CREATE TABLE row_logs (id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, name TEXT, staged_at INTEGER, UNIQUE (workspace, name));
            CREATE INDEX row_logs_staged ON row_logs (staged_at) WHERE staged_at IS NOT NULL;
            CREATE INDEX row_logs_dropped ON row_logs (id) WHERE name IS NULL;
            CREATE TABLE row_segments (
              log INTEGER NOT NULL, first_seq INTEGER NOT NULL, count INTEGER NOT NULL, created_at INTEGER NOT NULL, chunk INTEGER NOT NULL,
              PRIMARY KEY (log, first_seq)) WITHOUT ROWID;
            CREATE TABLE row_chunks (id INTEGER PRIMARY KEY, body BLOB NOT NULL);

            CREATE TABLE outbox (
              position INTEGER PRIMARY KEY, workspace TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL,
              time INTEGER NOT NULL, data BLOB NOT NULL);

            CREATE TABLE answers (
              id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
              created_at INTEGER NOT NULL,
              UNIQUE (workspace, scope, key));

            CREATE TABLE audit (
              position INTEGER PRIMARY KEY, workspace TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
              request_id TEXT NOT NULL, time INTEGER NOT NULL);

            CREATE TABLE reminders (
              grain_type TEXT NOT NULL, grain_key TEXT NOT NULL, name TEXT NOT NULL, partition INTEGER NOT NULL,
              first_due_at INTEGER NOT NULL, due_at INTEGER NOT NULL, period INTEGER NOT NULL, version INTEGER NOT NULL,
              PRIMARY KEY (grain_type, grain_key, name)) WITHOUT ROWID;
            CREATE INDEX reminders_due ON reminders (due_at, partition);
            """),
        (2, "tags, details of the audit, what events changed", """
            CREATE TABLE record_tags (
              of_kind TEXT NOT NULL, workspace TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL,
              PRIMARY KEY (of_kind, workspace, tag, id)) WITHOUT ROWID;

            ALTER TABLE audit ADD COLUMN detail BLOB NOT NULL DEFAULT x'';
            CREATE INDEX audit_workspace ON audit (workspace);
            CREATE INDEX audit_subject ON audit (workspace, subject);

            ALTER TABLE outbox ADD COLUMN previous BLOB NOT NULL DEFAULT x'';
            """),
    ];

    /// <summary>Marks a file as ours ("Trpe"), in its header.</summary>
    private const long Mark = 0x54727065;

    /// <summary>Number of the last step this program knows.</summary>
    public static int Latest => Steps[^1].Number;

    /// <summary>Throws <see cref="StoreException"/> when the file is there and not one of this program; changes nothing.</summary>
    public static void Recognise(Connection connection)
    {
        if (Ask(connection, "PRAGMA application_id") != Mark && Ask(connection, "SELECT count(*) FROM sqlite_schema") > 0)
        {
            throw new StoreException("The database file was not made by this program; nothing was changed in it.");
        }
    }

    /// <summary>Applies the steps the database lacks, each in a transaction. Throws <see cref="StoreException"/> when it knows steps that the program does
    /// not.</summary>
    public static IEnumerable<string> Apply(Connection connection, DateTimeOffset now)
    {
        connection.Execute($"PRAGMA application_id = {Mark}");
        connection.Execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
        var present = Ask(connection, "SELECT coalesce(max(number), 0) FROM migrations");
        if (present > Latest)
        {
            throw new StoreException(
                $"The database is at step {present}, this program knows steps up to {Latest}: it was written by a newer version. "
                + "Use that version, or another data directory.");
        }

        foreach (var (number, name, sql) in Steps.Where(step => step.Number > present))
        {
            connection.Execute("BEGIN IMMEDIATE");
            connection.Execute(sql);
            using (var record = connection.Use("INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)"))
            {
                record.With(number).With(name).With(now).Run();
            }

            connection.Execute("COMMIT");
            yield return $"{number} {name}";
        }
    }

    private static long Ask(Connection connection, string sql)
    {
        using var ask = connection.Use(sql);
        return ask.Step() ? ask.Number(0) : 0;
    }
}
