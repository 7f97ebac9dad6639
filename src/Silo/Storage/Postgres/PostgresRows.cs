using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="IRowStore"/> on PostgreSQL.</summary>
public sealed class PostgresRows(PostgresDatabase database) : IRowStore
{
    /// <summary>Whole segments from the one that holds a row on.</summary>
    internal const string Segments = """
        SELECT s.first_seq, s.count, s.created_at, s.body
        FROM troupe.row_logs AS l JOIN troupe.row_segments AS s ON s.log = l.id
        WHERE l.workspace = $1 AND l.name = $2 AND l.staged_at IS NULL AND s.first_seq < $4 AND s.first_seq >= coalesce(
          (SELECT f.first_seq FROM troupe.row_segments AS f WHERE f.log = l.id AND f.first_seq <= $3 ORDER BY f.first_seq DESC LIMIT 1), $3)
        ORDER BY s.first_seq
        """;

    // A stage need not be on disk at once: adopting it puts all that was written before on disk with it.
    private const string Soon = "SELECT set_config('synchronous_commit', 'off', true)";

    private const string Begin = """
        WITH log AS (
          INSERT INTO troupe.row_logs (workspace, name, next_seq, staged_at) VALUES ($1, $2, $3 + $4, $5) ON CONFLICT (workspace, name) DO NOTHING RETURNING id)
        INSERT INTO troupe.row_segments (log, first_seq, count, created_at, body) SELECT id, $3, $4, $5, $6 FROM log RETURNING first_seq
        """;

    private const string Extend = """
        WITH log AS (
          UPDATE troupe.row_logs SET next_seq = $3 + $4
          WHERE workspace = $1 AND name = $2 AND staged_at IS NOT NULL AND next_seq = $3 RETURNING id)
        INSERT INTO troupe.row_segments (log, first_seq, count, created_at, body) SELECT id, $3, $4, $5, $6 FROM log RETURNING first_seq
        """;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RowSegment>> Read(string workspace, string log, long fromSeq, int rows, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        var from = Math.Max(fromSeq, 1);
        return await database.Run(
            async (connection, cancelled) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(Segments).With(workspace).With(log).With(from).With(from + rows);
                await using var read = await batch.ExecuteReaderAsync(cancelled);
                var segments = new List<RowSegment>();
                while (await read.ReadAsync(cancelled))
                {
                    var segment = new RowSegment(read.GetInt64(0), read.GetInt32(1), read.Bytes(3), read.Time(2));
                    if (segment.FirstSeq + segment.Count > from)
                    {
                        segments.Add(segment);
                    }
                }

                return segments;
            },
            cancel);
    }

    /// <inheritdoc/>
    public async ValueTask Stage(string workspace, string stage, RowSegment segment, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        Schemas.CheckLines(stage, segment.FirstSeq, segment.Count, segment.Body.Span);
        var wrong = await database.Run(
            async (connection, _) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(Soon);
                batch.Add(segment.FirstSeq == 1 ? Begin : Extend).With(workspace).With(stage).With(segment.FirstSeq).With(segment.Count)
                    .With(segment.Time).With(segment.Body);
                await using (var written = await batch.ExecuteReaderAsync(CancellationToken.None))
                {
                    await written.NextResultAsync(CancellationToken.None);
                    if (await written.ReadAsync(CancellationToken.None))
                    {
                        return null;
                    }
                }

                return await Wrong(connection, workspace, stage, segment);
            },
            CancellationToken.None);
        if (wrong is not null)
        {
            throw new ArgumentException(wrong, nameof(segment));
        }
    }

    /// <inheritdoc/>
    public async ValueTask Discard(string workspace, string stage, CancellationToken cancel = default) => await database.Run(
        async (connection, cancelled) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add("UPDATE troupe.row_logs SET name = NULL, staged_at = NULL WHERE workspace = $1 AND name = $2 AND staged_at IS NOT NULL")
                .With(workspace).With(stage);
            return await batch.ExecuteNonQueryAsync(cancelled);
        },
        cancel);

    private static async Task<string> Wrong(NpgsqlConnection connection, string workspace, string stage, RowSegment segment)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("SELECT CASE WHEN staged_at IS NULL THEN 0 ELSE next_seq END FROM troupe.row_logs WHERE workspace = $1 AND name = $2")
            .With(workspace).With(stage);
        return await batch.ExecuteScalarAsync() switch
        {
            0L => $"The stage {stage} was adopted already.",
            var next => $"A segment of the stage {stage} starts at {segment.FirstSeq}; the next is {next ?? 1}.",
        };
    }
}
