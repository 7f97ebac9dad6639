namespace Troupe.Jobs;

/// <summary>Hands out the rows of a log one by one, in rising order, as slices of the stored segments: nothing is parsed or copied. The next stretch is read
/// while the present one is worked on.</summary>
/// <param name="rows">Where rows are.</param>
/// <param name="workspace">Whose.</param>
/// <param name="log">The row log.</param>
/// <param name="readAheadTo">Reading ahead stops at this sequence number; 0 reads nothing ahead (rows picked here and there).</param>
internal sealed class RowCursor(IRowStore rows, string workspace, string log, long readAheadTo)
{
    private IReadOnlyList<RowSegment> _segments = [];
    private int _segment;
    private long _seq;
    private int _offset;
    private Task<IReadOnlyList<RowSegment>>? _ahead;

    /// <summary>The row, if it is at hand.</summary>
    public bool TryGet(long seq, out ReadOnlyMemory<byte> row)
    {
        for (; _segment < _segments.Count; NextSegment())
        {
            var segment = _segments[_segment];
            if (seq < _seq)
            {
                break;
            }

            if (seq < segment.FirstSeq + segment.Count)
            {
                return Slice(segment.Body, seq, out row);
            }
        }

        row = default;
        return false;
    }

    /// <summary>Reads what holds a row; false when the log has no such row (any more).</summary>
    public async ValueTask<bool> Fill(long seq)
    {
        if (_ahead is not null)
        {
            Use(await _ahead);
            _ahead = null;
        }

        if (!Holds(seq))
        {
            Use(await rows.Read(workspace, log, seq, readAheadTo == 0 ? 1 : Limits.LaneReadRows));
        }

        if (!Holds(seq))
        {
            return false;
        }

        var last = _segments[^1];
        if (last.FirstSeq + last.Count <= readAheadTo)
        {
            _ahead = rows.Read(workspace, log, last.FirstSeq + last.Count, Limits.LaneReadRows).AsTask();
        }

        return true;
    }

    private bool Holds(long seq) => _segments.Count > 0 && seq >= _segments[0].FirstSeq && seq < _segments[^1].FirstSeq + _segments[^1].Count;

    private void Use(IReadOnlyList<RowSegment> segments)
    {
        (_segments, _segment, _offset) = (segments, 0, 0);
        _seq = segments.Count > 0 ? segments[0].FirstSeq : 0;
    }

    private void NextSegment()
    {
        _segment++;
        _offset = 0;
        _seq = _segment < _segments.Count ? _segments[_segment].FirstSeq : long.MaxValue;
    }

    private bool Slice(ReadOnlyMemory<byte> body, long seq, out ReadOnlyMemory<byte> row)
    {
        while (true)
        {
            var rest = body.Span[_offset..];
            var length = rest.IndexOf((byte)'\n');
            length = length < 0 ? rest.Length : length;
            row = body.Slice(_offset, length);
            _offset += Math.Min(length + 1, rest.Length);
            if (_seq++ == seq)
            {
                return true;
            }
        }
    }
}
