namespace Troupe.Tables;

/// <summary>A row as it is read back.</summary>
/// <param name="Seq">Sequence number, from 1 in order of arrival.</param>
/// <param name="CreatedAt">When it came in.</param>
/// <param name="Line">Its values (<see cref="RowLine"/>).</param>
public readonly record struct TableRow(long Seq, DateTimeOffset CreatedAt, ReadOnlyMemory<byte> Line);

/// <summary>Asks for rows whose column has a value (<see cref="RowLine.Is"/>).</summary>
/// <param name="Column">Index of the column.</param>
/// <param name="Value">The wanted value.</param>
public readonly record struct RowFilter(int Column, string Value);

/// <summary>Reads pages of a table's rows. Filters look at one row after the other: no column has an index.</summary>
/// <param name="store">Where the rows are.</param>
/// <param name="workspace">The table's workspace.</param>
/// <param name="table">The table; rows after its last are not seen.</param>
/// <param name="filters">All must hold.</param>
public sealed class RowPages(IRowStore store, string workspace, TableSnapshot table, IReadOnlyList<RowFilter> filters)
{
    private readonly Range[] _values = new Range[table.Columns.Count];

    /// <summary>The rows after a sequence number, at most so many. <see cref="Page{T}.Next"/> is the number of the last row looked at. A page may be shorter
    /// than its limit, even empty, and yet have a next one: it looks at no more than <see cref="Limits.RowsLookedAt"/> rows.</summary>
    public async Task<(IReadOnlyList<TableRow> Rows, long? Next)> After(long seq, int limit, CancellationToken cancel)
    {
        var found = new List<TableRow>(limit);
        var last = Math.Min(table.LastSeq, seq + (filters.Count == 0 ? limit : Limits.RowsLookedAt));
        var at = seq;
        while (at < last && found.Count < limit)
        {
            var wanted = filters.Count == 0 ? limit - found.Count : Limits.PageMax;
            var segments = await store.Read(workspace, table.Log, at + 1, wanted, cancel);
            if (segments.Count == 0)
            {
                return (found, null); // erased meanwhile
            }

            foreach (var segment in segments)
            {
                at = Look(segment, at, last, limit, found);
            }
        }

        return (found, at < table.LastSeq ? at : null);
    }

    /// <summary>Looks at the rows of a segment behind one that was looked at last; gives the one looked at last now.</summary>
    private long Look(RowSegment segment, long at, long last, int limit, List<TableRow> found)
    {
        var body = segment.Body;
        for (var seq = segment.FirstSeq; !body.IsEmpty && seq <= last && found.Count < limit; seq++)
        {
            var end = body.Span.IndexOf((byte)'\n') + 1;
            var line = body[..end];
            body = body[end..];
            if (seq <= at)
            {
                continue;
            }

            at = seq;
            if (filters.Count == 0 || Fits(line.Span))
            {
                found.Add(new(seq, segment.Time, line));
            }
        }

        return at;
    }

    private bool Fits(ReadOnlySpan<byte> line)
    {
        RowLine.Split(line, _values);
        foreach (var filter in filters)
        {
            if (!RowLine.Is(line[_values[filter.Column]], filter.Value))
            {
                return false;
            }
        }

        return true;
    }
}
