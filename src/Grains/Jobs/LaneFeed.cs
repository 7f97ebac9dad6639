using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>Says which record a lane starts next: one whose wait is over before one that has not started. Used by one task at a time.</summary>
internal sealed class LaneFeed
{
    private readonly LaneWork _work;
    private readonly LaneLog _log;
    private readonly RowCursor _rows;
    private readonly Queue<LaneItem> _due = new();
    private readonly HashSet<long> _resuming = [];
    private long _position;

    public LaneFeed(LaneWork work, LaneLog log)
    {
        (_work, _log, _position) = (work, log, log.Window.Next);
        var inOrder = work.Plan.Rows is null && work.Block.End > work.Block.First;
        _rows = new(work.Rows, work.Workspace, work.Plan.Table.Log, inOrder ? work.Plan.Seq(work.Block.End - 1) : 0);
        NextDue = log.Waiting > 0 ? DateTimeOffset.MinValue : null;
        LeaveOutDone();
    }

    /// <summary>Records that could start now.</summary>
    public long Ready => _work.Block.End - _position + _due.Count;

    /// <summary>Whether a record may start now; false also while the lane is too far ahead of its oldest record in flight.</summary>
    public bool HasNext => _due.Count > 0 || (_position < _work.Block.End && _position - _log.Window.Next < Limits.LaneWindow);

    /// <summary>When to look for waits that are over; null when none is known.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>Whether it makes sense to look now.</summary>
    public bool ShouldLook(DateTimeOffset now) => NextDue <= now && _resuming.Count <= Limits.LaneWakeRecords / 2;

    /// <summary>A record got an outcome.</summary>
    public void Ended(LaneItem item, RecordResult result)
    {
        if (item.Resume is not null)
        {
            _resuming.Remove(item.Seq);
        }

        if (result.WaitUntil is { } due && !(NextDue < due))
        {
            NextDue = due;
        }
    }

    /// <summary>Fetches records whose wait is over, as many as are worth holding; the others stay in the store until these are through.</summary>
    public async ValueTask Look(DateTimeOffset now)
    {
        await _log.Flush(); // the store then knows every outcome, so that none is fetched twice
        var waits = await _log.Waits();
        NextDue = waits.Count == Limits.LaneWakeRecords ? now : null;
        foreach (var (due, entry) in waits)
        {
            if (due > now)
            {
                NextDue = due;
                return;
            }

            if (_resuming.Add(entry.Seq))
            {
                _due.Enqueue(LaneItem.Of(entry));
            }
        }
    }

    /// <summary>The next record; null when its row is not in the log any more. Asked only while there is a next.</summary>
    public ValueTask<LaneItem?> Next()
    {
        if (_due.TryDequeue(out var resumed))
        {
            return new(resumed);
        }

        var position = _position++;
        LeaveOutDone();
        var seq = _work.Plan.Seq(position);
        return _rows.TryGet(seq, out var row) ? new(new LaneItem(seq, position, row)) : Read(seq, position);
    }

    private async ValueTask<LaneItem?> Read(long seq, long position) =>
        await _rows.Fill(seq) && _rows.TryGet(seq, out var row) ? new LaneItem(seq, position, row) : null;

    private void LeaveOutDone()
    {
        while (_position <= _log.Reached && _log.Window.Contains(_position))
        {
            _position++;
        }
    }
}
