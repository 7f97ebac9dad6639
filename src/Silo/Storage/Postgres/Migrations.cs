using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>The store's own tables, step by step, all in the schema <c>troupe</c>. A step that was released is never edited; a change is a new step. Steps
/// add, so that the version before can go on while a cluster is upgraded node by node; one that breaks it says which step a program must know to use the
/// database afterwards. Tables of kinds and logs follow their declarations instead (<see cref="Declared"/>).</summary>
internal static class Migrations
{
    /// <summary>The steps: the number, the oldest step a program must know once it is applied, what it does, how.</summary>
    private static readonly (int Number, int Needs, string Name, string Sql)[] Steps =
    [
        (1, 1, "tables of the store", """
            CREATE FUNCTION troupe.expect(there bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $expect$
            BEGIN
              IF there <> wanted THEN
                RAISE EXCEPTION 'troupe: % of % as expected; the changes are judged again', there, wanted USING ERRCODE = 'TR001';
              END IF;
            END $expect$;

            CREATE TABLE troupe.declarations (name text COLLATE "C" PRIMARY KEY, declared text NOT NULL, generation integer NOT NULL);
            CREATE SEQUENCE troupe.generations AS integer;

            CREATE TABLE troupe.log_owners (
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              log text COLLATE "C" NOT NULL, workspace text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL,
              UNIQUE (workspace, owner, log));

            CREATE TABLE troupe.row_logs (
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace text COLLATE "C" NOT NULL, name text COLLATE "C",
              next_seq bigint NOT NULL, staged_at bigint, UNIQUE (workspace, name)) WITH (fillfactor = 70);
            CREATE INDEX row_logs_staged ON troupe.row_logs (staged_at) WHERE staged_at IS NOT NULL;
            CREATE INDEX row_logs_dropped ON troupe.row_logs (id) WHERE name IS NULL;
            CREATE TABLE troupe.row_segments (
              log bigint NOT NULL, first_seq bigint NOT NULL, count integer NOT NULL, created_at bigint NOT NULL, body bytea NOT NULL,
              PRIMARY KEY (log, first_seq));
            ALTER TABLE troupe.row_segments ALTER COLUMN body SET STORAGE EXTERNAL;

            CREATE TABLE troupe.outbox (
              position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace text COLLATE "C" NOT NULL, id text NOT NULL, type text NOT NULL,
              subject text NOT NULL, time bigint NOT NULL, data bytea NOT NULL, previous bytea NOT NULL);

            CREATE TABLE troupe.answers (
              workspace text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
              hash bytea NOT NULL, body bytea NOT NULL, created_at bigint NOT NULL, PRIMARY KEY (workspace, scope, key));
            CREATE INDEX answers_created ON troupe.answers (created_at);

            CREATE TABLE troupe.audit (
              position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
              actor text COLLATE "C" NOT NULL, action text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, request_id text NOT NULL,
              time bigint NOT NULL, detail bytea NOT NULL);
            CREATE INDEX audit_workspace ON troupe.audit (workspace, position);
            CREATE INDEX audit_subject ON troupe.audit (workspace, subject, position);

            CREATE TABLE troupe.record_tags (
              of_kind text COLLATE "C" NOT NULL, workspace text COLLATE "C" NOT NULL, tag text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
              PRIMARY KEY (of_kind, workspace, tag, id));

            CREATE TABLE troupe.reminders (
              grain_type text COLLATE "C" NOT NULL, grain_key text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, partition integer NOT NULL,
              first_due_at bigint NOT NULL, due_at bigint NOT NULL, period bigint NOT NULL, version bigint NOT NULL,
              PRIMARY KEY (grain_type, grain_key, name)) WITH (fillfactor = 85);
            CREATE INDEX reminders_due ON troupe.reminders (due_at, partition);
            """),
    ];

    /// <summary>Number of the last step this program knows.</summary>
    public static int Latest => Steps[^1].Number;

    /// <summary>How far the database is. Throws <see cref="StoreException"/> when a step was applied that leaves this program behind, or when the schema is
    /// somebody else's.</summary>
    public static async Task<int> Present(NpgsqlConnection connection, string where, CancellationToken cancel)
    {
        await using var ask = new NpgsqlCommand(
            "SELECT to_regclass('troupe.migrations') IS NOT NULL, EXISTS (SELECT FROM pg_tables WHERE schemaname = 'troupe')", connection);
        await using (var answer = await ask.ExecuteReaderAsync(cancel))
        {
            await answer.ReadAsync(cancel);
            if (!answer.GetBoolean(0))
            {
                return !answer.GetBoolean(1) ? 0
                    : throw new StoreException($"{where} has a schema 'troupe' that was not made by this program; nothing was changed in it.");
            }
        }

        await using var read = new NpgsqlCommand("SELECT coalesce(max(number), 0), coalesce(max(needs), 0) FROM troupe.migrations", connection);
        await using var steps = await read.ExecuteReaderAsync(cancel);
        await steps.ReadAsync(cancel);
        return steps.GetInt32(1) <= Latest ? steps.GetInt32(0) : throw new StoreException(
            $"{where} was brought to step {steps.GetInt32(0)} by a newer version; this program knows steps up to {Latest}. Use that version.");
    }

    /// <summary>Applies the steps the database lacks, each in a transaction. Only one node may be at it.</summary>
    public static async Task<List<string>> Apply(NpgsqlConnection connection, int present, DateTimeOffset now, CancellationToken cancel)
    {
        var applied = new List<string>();
        if (present == 0)
        {
            await Run("DO $$ BEGIN IF to_regnamespace('troupe') IS NULL THEN CREATE SCHEMA troupe; END IF; END $$"); // somebody may have made it for us
            await Run("""
                CREATE TABLE IF NOT EXISTS troupe.migrations (
                  number integer PRIMARY KEY, needs integer NOT NULL, name text NOT NULL, applied_at bigint NOT NULL)
                """);
        }

        foreach (var (number, needs, name, sql) in Steps.Where(step => step.Number > present))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await Run(sql);
            await using var record = new NpgsqlCommand("INSERT INTO troupe.migrations (number, needs, name, applied_at) VALUES ($1, $2, $3, $4)", connection);
            record.Parameters.Add(new() { Value = number });
            record.Parameters.Add(new() { Value = needs });
            record.Parameters.Add(new() { Value = name });
            record.Parameters.Add(new() { Value = now.ToUnixTimeMilliseconds() });
            await record.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            applied.Add($"{number} {name}");
        }

        return applied;

        async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = Opener.StepSeconds };
            await command.ExecuteNonQueryAsync(cancel);
        }
    }
}
