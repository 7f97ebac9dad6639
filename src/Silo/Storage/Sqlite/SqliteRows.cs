namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IRowStore"/> on SQLite.</summary>
public sealed class SqliteRows(Database database) : IRowStore
{
    /// <summary>Whole segments from the one that holds a row on.</summary>
    internal const string Segments = """
        SELECT s.first_seq, s.count, s.created_at, c.body
        FROM row_logs l JOIN row_segments s ON s.log = l.id JOIN row_chunks c ON c.id = s.chunk
        WHERE l.workspace = ?1 AND l.name = ?2 AND l.staged_at IS NULL
          AND s.first_seq >= coalesce(
            (SELECT first_seq FROM row_segments WHERE log = l.id AND first_seq <= ?3 AND first_seq + count > ?3 ORDER BY first_seq DESC LIMIT 1), ?3)
        ORDER BY s.first_seq
        """;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RowSegment>> Read(string workspace, string log, long fromSeq, int rows, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return await database.Read(connection => Read(connection, workspace, log, Math.Max(fromSeq, 1), rows), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask Stage(string workspace, string stage, RowSegment segment, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        Schemas.CheckLines(stage, segment.FirstSeq, segment.Count, segment.Body.Span);
        if (await database.Write(connection => RowWriter.Stage(connection, workspace, stage, segment), segment.Body.Length) is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(segment));
        }
    }

    /// <inheritdoc/>
    public async ValueTask Discard(string workspace, string stage, CancellationToken cancel = default) =>
        await database.Write(connection => RowWriter.Drop(connection, workspace, stage, staged: true));

    private static List<RowSegment> Read(Connection connection, string workspace, string log, long from, int rows)
    {
        var segments = new List<RowSegment>();
        using var read = connection.Use(Segments);
        read.With(workspace).With(log).With(from);
        for (long end = from; end - from < rows && read.Step();)
        {
            var segment = new RowSegment(read.Number(0), (int)read.Number(1), read.Bytes(3), read.Time(2));
            segments.Add(segment);
            end = segment.FirstSeq + segment.Count;
        }

        return segments;
    }
}
