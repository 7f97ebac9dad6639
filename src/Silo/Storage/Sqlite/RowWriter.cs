namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Writes row logs. A log is a number (<c>row_logs</c>) with small rows for its segments and large ones for their bodies, so that adopting a stage
/// moves no body. A dropped log loses its name at once and its segments in the sweep.</summary>
internal static class RowWriter
{
    /// <summary>A log or a stage.</summary>
    /// <param name="Id">Its number.</param>
    /// <param name="Staged">Whether it is a stage that was not adopted yet.</param>
    /// <param name="Next">Number its next row gets.</param>
    private readonly record struct RowLog(long Id, bool Staged, long Next);

    /// <summary>Carries out one write; false, with nothing written, when it does not fit what is there.</summary>
    public static bool Write(Connection connection, string workspace, RowWrite write) => write switch
    {
        RowWrite.Append append => Append(connection, workspace, append),
        RowWrite.Adopt adopt => Adopt(connection, workspace, adopt),
        RowWrite.Drop drop => Drop(connection, workspace, drop.Log, staged: false),
        _ => throw new ArgumentException($"No such row write: {write.GetType().Name}.", nameof(write)),
    };

    /// <summary>Writes a segment of a stage, making the stage if there is none.</summary>
    /// <returns>What is wrong, with nothing written: the segment is not just behind the last, or the stage is a log already. Null when it is written.</returns>
    public static string? Stage(Connection connection, string workspace, string stage, RowSegment segment)
    {
        var log = Find(connection, workspace, stage);
        if (log is { Staged: false })
        {
            return $"The stage {stage} was adopted already.";
        }

        if (segment.FirstSeq != (log?.Next ?? 1))
        {
            return $"A segment of the stage {stage} starts at {segment.FirstSeq}; the next is {log?.Next ?? 1}.";
        }

        var id = log?.Id ?? Make(connection, workspace, stage, segment.Time);
        AddSegment(connection, id, segment.FirstSeq, segment.Count, segment.Body, segment.Time);
        return null;
    }

    /// <summary>Gives a log or a stage up. A name that stands for nothing is fine; a log is not given up as a stage, nor a stage as a log.</summary>
    public static bool Drop(Connection connection, string workspace, string log, bool staged)
    {
        using var drop = connection.Use("UPDATE row_logs SET name = NULL, staged_at = NULL WHERE workspace = ? AND name = ? AND (staged_at IS NOT NULL) = ?");
        drop.With(workspace).With(log).With(staged ? 1 : 0).Run();
        return true;
    }

    private static bool Append(Connection connection, string workspace, RowWrite.Append append)
    {
        var log = Find(connection, workspace, append.Log);
        if (log is { Staged: true } || append.FirstSeq != (log?.Next ?? 1))
        {
            return false;
        }

        AddSegment(connection, log?.Id ?? Make(connection, workspace, append.Log, staged: null), append.FirstSeq, append.Count, append.Body, append.Time);
        return true;
    }

    private static bool Adopt(Connection connection, string workspace, RowWrite.Adopt adopt)
    {
        if (Find(connection, workspace, adopt.Stage) is not { Staged: true } stage)
        {
            return false;
        }

        if (adopt.Log == adopt.Stage)
        {
            if (adopt.Offset != 0)
            {
                return false;
            }

            using var keep = connection.Use("UPDATE row_logs SET staged_at = NULL WHERE id = ?");
            keep.With(stage.Id).Run();
            return true;
        }

        var log = Find(connection, workspace, adopt.Log);
        if (log is { Staged: true } || adopt.Offset != (log?.Next ?? 1) - 1)
        {
            return false;
        }

        var id = log?.Id ?? Make(connection, workspace, adopt.Log, staged: null);
        using (var move = connection.Use("UPDATE row_segments SET log = ?, first_seq = first_seq + ? WHERE log = ?"))
        {
            move.With(id).With(adopt.Offset).With(stage.Id).Run();
        }

        using var forget = connection.Use("DELETE FROM row_logs WHERE id = ?");
        forget.With(stage.Id).Run();
        return true;
    }

    private static RowLog? Find(Connection connection, string workspace, string name)
    {
        using var find = connection.Use("""
            SELECT id, staged_at IS NOT NULL, (SELECT first_seq + count FROM row_segments WHERE log = row_logs.id ORDER BY first_seq DESC LIMIT 1)
            FROM row_logs WHERE workspace = ? AND name = ?
            """);
        return find.With(workspace).With(name).Step() ? new(find.Number(0), find.Number(1) != 0, find.IsNull(2) ? 1 : find.Number(2)) : null;
    }

    private static long Make(Connection connection, string workspace, string name, DateTimeOffset? staged)
    {
        using var make = connection.Use("INSERT INTO row_logs (workspace, name, staged_at) VALUES (?, ?, ?)");
        make.With(workspace).With(name).With(staged?.ToUnixTimeMilliseconds()).Run();
        return connection.LastId;
    }

    private static void AddSegment(Connection connection, long log, long first, int count, ReadOnlyMemory<byte> body, DateTimeOffset time)
    {
        using (var chunk = connection.Use("INSERT INTO row_chunks (body) VALUES (?)"))
        {
            chunk.With(body).Run();
        }

        using var segment = connection.Use("INSERT INTO row_segments (log, first_seq, count, created_at, chunk) VALUES (?, ?, ?, ?, ?)");
        segment.With(log).With(first).With(count).With(time).With(connection.LastId).Run();
    }
}
