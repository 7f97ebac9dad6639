using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>How row logs are written. A log is a number (<c>troupe.row_logs</c>) that knows which row comes next; whoever appends moves that on first, from the
/// very place it expects, so that of two writers one gets the next numbers and the other none. Segments hold the rows; adopting a stage moves no
/// body.</summary>
internal static class RowStatements
{
    /// <summary>Begins logs; fails unless all are new.</summary>
    public const string Begin = """
        WITH grown AS (
          INSERT INTO troupe.row_logs (workspace, name, next_seq)
          SELECT workspace, name, next FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS u (workspace, name, first, next)
          ON CONFLICT (workspace, name) DO NOTHING RETURNING 1)
        SELECT troupe.expect(count(*), cardinality($1)) FROM grown
        """;

    /// <summary>Moves logs on; fails unless all are where they are expected.</summary>
    public const string Extend = """
        WITH grown AS (
          UPDATE troupe.row_logs AS l SET next_seq = u.next
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS u (workspace, name, first, next)
          WHERE l.workspace = u.workspace AND l.name = u.name AND l.next_seq = u.first AND l.staged_at IS NULL RETURNING 1)
        SELECT troupe.expect(count(*), cardinality($1)) FROM grown
        """;

    private const string Segments = """
        WITH written AS (
          INSERT INTO troupe.row_segments (log, first_seq, count, created_at, body)
          SELECT l.id, u.first, u.count, u.time, u.body
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::bytea[]) AS u (workspace, name, first, count, time, body)
          JOIN troupe.row_logs AS l ON l.workspace = u.workspace AND l.name = u.name RETURNING 1)
        SELECT troupe.expect(count(*), cardinality($1)) FROM written
        """;

    /// <summary>Moves the segments of a stage behind those of a log.</summary>
    private const string Join = """
        WITH stage AS (DELETE FROM troupe.row_logs WHERE workspace = $1 AND name = $2 AND staged_at IS NOT NULL RETURNING id, next_seq),
          log AS (
            UPDATE troupe.row_logs AS l SET next_seq = $4 + stage.next_seq FROM stage
            WHERE l.workspace = $1 AND l.name = $3 AND l.staged_at IS NULL AND l.next_seq = $4 + 1 RETURNING l.id),
          moved AS (
            UPDATE troupe.row_segments AS s SET log = log.id, first_seq = s.first_seq + $4 FROM stage, log WHERE s.log = stage.id RETURNING 1)
        SELECT troupe.expect(count(*), 1) FROM log
        """;

    /// <summary>Makes a stage a log of its own, under a name that is free.</summary>
    private const string Rename = """
        WITH log AS (
          UPDATE troupe.row_logs SET name = $3, staged_at = NULL WHERE workspace = $1 AND name = $2 AND staged_at IS NOT NULL RETURNING 1)
        SELECT troupe.expect(count(*), 1) FROM log
        """;

    private const string Drop = """
        WITH log AS (UPDATE troupe.row_logs SET name = NULL WHERE workspace = $1 AND name = $2 AND staged_at IS NULL RETURNING 1)
        SELECT troupe.expect(count(*), 1) FROM log
        """;

    /// <summary>Holds the name of a log that is not there, so that nobody begins it meanwhile; <see cref="LetGo"/> comes next.</summary>
    private const string Hold = """
        WITH log AS (
          INSERT INTO troupe.row_logs (workspace, name, next_seq) VALUES ($1, $2, 1) ON CONFLICT (workspace, name) DO NOTHING RETURNING 1)
        SELECT troupe.expect(count(*), 1) FROM log
        """;

    private const string LetGo = "DELETE FROM troupe.row_logs WHERE workspace = $1 AND name = $2 AND next_seq = 1";

    /// <summary>Begins or moves on logs.</summary>
    public static void Grow(NpgsqlBatch batch, string sql, KeyValuePair<LogKey, Growth>[] logs)
    {
        if (logs.Length > 0)
        {
            Array.Sort(logs, static (a, b) => string.CompareOrdinal(a.Key.Log, b.Key.Log));
            batch.Add(sql).With(Array.ConvertAll(logs, log => log.Key.Workspace)).With(Array.ConvertAll(logs, log => log.Key.Log))
                .With(Array.ConvertAll(logs, log => log.Value.First)).With(Array.ConvertAll(logs, log => log.Value.Next));
        }
    }

    /// <summary>Writes segments of logs that have been moved on.</summary>
    public static void Append(NpgsqlBatch batch, List<(LogKey Log, RowWrite.Append Append)> segments) =>
        batch.Add(Segments).With([.. segments.Select(s => s.Log.Workspace)]).With([.. segments.Select(s => s.Log.Log)])
            .With([.. segments.Select(s => s.Append.FirstSeq)]).With([.. segments.Select(s => s.Append.Count)])
            .With([.. segments.Select(s => s.Append.Time.ToUnixTimeMilliseconds())]).With([.. segments.Select(s => s.Append.Body)]);

    /// <summary>Adopts or drops.</summary>
    /// <param name="batch">What is to be written.</param>
    /// <param name="workspace">The workspace.</param>
    /// <param name="write">The write.</param>
    /// <param name="found">For a drop: the log as it stands.</param>
    public static void Move(NpgsqlBatch batch, string workspace, RowWrite write, RowLog found)
    {
        if (write is RowWrite.Adopt { Offset: 0 } whole)
        {
            batch.Add(Rename).With(workspace).With(whole.Stage).With(whole.Log);
        }
        else if (write is RowWrite.Adopt adopt)
        {
            batch.Add(Join).With(workspace).With(adopt.Stage).With(adopt.Log).With(adopt.Offset);
        }
        else if (found is { Next: > 0, Staged: false })
        {
            batch.Add(Drop).With(workspace).With(write.Log);
        }
        else if (found.Next == 0)
        {
            batch.Add(Hold).With(workspace).With(write.Log);
            batch.Add(LetGo).With(workspace).With(write.Log);
        }
    }
}
