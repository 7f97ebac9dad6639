namespace Troupe.Tables;

/// <summary>What happens to the rows of a table, for the outbox.</summary>
internal static class TableEvents
{
    /// <summary><c>table.rows_ingested</c>: one for each commit, whoever shared it.</summary>
    public static Event RowsIngested(Stored<DataTable> table, long count) => Rows(table, "table.rows_ingested", count, null);

    /// <summary><c>table.imported</c>: one for each CSV file.</summary>
    public static Event Imported(Stored<DataTable> table, long count, ImportMode mode) => Rows(table, "table.imported", count, mode);

    private static Event Rows(Stored<DataTable> table, string type, long count, ImportMode? mode)
    {
        var last = table.Value.RowCount;
        var data = Json.Write(new RowsCame(table.Id, count, last - count + 1, last, mode));
        return new(Id.New("ev", table.UpdatedAt), type, table.Id, table.UpdatedAt, data);
    }

    /// <summary>Sequence numbers of the rows that came; the last is one less than the first when a file had none.</summary>
    private sealed record RowsCame(string TableId, long Count, long FirstSeq, long LastSeq, ImportMode? Mode);
}
