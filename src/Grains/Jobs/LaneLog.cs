using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>A lane's outcomes on their way into the store: gathered, then committed together with the cursor and the counts that include them. Commits follow
/// each
/// other; each is refused when another activation of the lane committed in between, so an outcome is stored once and none is left out.
/// Used by one task at a time.</summary>
internal sealed class LaneLog
{
    private readonly LaneWork _work;
    private List<EntryWrite> _batch = [];
    private JobCounts _counts;
    private long _version;
    private long _bytes;
    private Task _commit = Task.CompletedTask;
    private JobLane? _sent;

    private LaneLog(LaneWork work, StoredRecord? record, JobLane lane)
    {
        _work = work;
        (_version, _counts, Committed, Window) = (record?.Version ?? 0, lane.Counts, lane.Counts, new Window(lane.Next));
    }

    /// <summary>Called, on any thread, when a commit has ended.</summary>
    public Action Stored { get; set; } = static () => { };

    /// <summary>Positions with an outcome, stored or gathered.</summary>
    public Window Window { get; }

    /// <summary>The highest position with an outcome when the lane was opened: up to there positions may be left out.</summary>
    public long Reached { get; private set; }

    /// <summary>Counts of the stored outcomes.</summary>
    public JobCounts Committed { get; private set; }

    /// <summary>Records that wait, gathered outcomes included.</summary>
    public long Waiting => _counts.Waiting;

    /// <summary>Whether enough is gathered for a commit.</summary>
    public bool IsFull => _batch.Count >= Limits.LaneCommitRecords || _bytes >= Limits.LaneCommitBytes;

    /// <summary>Whether a commit is under way, or has ended without being looked at.</summary>
    public bool Busy => _sent is not null;

    /// <summary>Reads how far the lane is: its cursor, and from the outcomes themselves what was done ahead of it.</summary>
    public static async Task<LaneLog> Open(LaneWork work)
    {
        var record = await work.Store.Load(JobLane.Kind, work.Workspace, JobLane.Id(work.JobId, work.Lane));
        var lane = record is null ? new JobLane(work.JobId, work.Block.First, default) : Json.Read<JobLane>(record.Body.Span);
        var log = new LaneLog(work, record, lane) { Reached = lane.Next - 1 };
        await log.ReadAhead(lane.Next);
        return log;
    }

    /// <summary>Takes an outcome.</summary>
    public void Add(LaneItem item, RecordResult result)
    {
        if (item.Position < 0)
        {
            _counts = _counts with { Waiting = _counts.Waiting - 1 };
        }
        else
        {
            Window.Mark(item.Position);
        }

        _counts = result.Status switch
        {
            RecordStatus.Completed => _counts with { Completed = _counts.Completed + 1 },
            RecordStatus.Failed => _counts with { Failed = _counts.Failed + 1 },
            RecordStatus.Waiting => _counts with { Waiting = _counts.Waiting + 1 },
            _ => _counts with { Canceled = _counts.Canceled + 1 },
        };
        object? wake = result.Status == RecordStatus.Waiting ? Wake.At(_work.Lane, result.WaitUntil!.Value) : null;
        object?[] facets = [RecordLog.Of(result.Status), result.Disposition, wake];
        _batch.Add(new(RecordLog.Name, _work.JobId, item.Seq, result.Body, facets, _work.Clock.GetUtcNow()));
        _bytes += result.Body.Length;
    }

    /// <summary>Counts every record that has not started as canceled.</summary>
    public void Skip() => _counts = _counts with { Canceled = _counts.Canceled + Window.Skip(_work.Block.End) };

    /// <summary>Takes note of a commit that has ended; throws what it threw.</summary>
    public ValueTask Settle() => _commit.IsCompleted ? Settled() : ValueTask.CompletedTask;

    /// <summary>Sends what is gathered on its way, after the commit before it is through. Throws what that commit threw.</summary>
    public async ValueTask Commit()
    {
        await Settled();
        if (_batch.Count > 0 || _counts != Committed)
        {
            (var batch, _batch, _bytes) = (_batch, new(Math.Max(16, _batch.Count)), 0);
            _sent = new JobLane(_work.JobId, Window.Next, _counts);
            _commit = Store(batch, _sent);

            // Only once the task is complete: whoever is told earlier finds the commit under way, goes back to sleep, and nobody wakes him again.
            _ = _commit.ContinueWith(
                static (_, log) => ((LaneLog)log!).Stored(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Commits everything and waits until it is stored.</summary>
    public async ValueTask Flush()
    {
        await Commit();
        await Settled();
    }

    /// <summary>The lane's waiting records, those due first; all of them are stored outcomes only after a <see cref="Flush"/>.</summary>
    public async ValueTask<IReadOnlyList<(DateTimeOffset Due, StoredEntry Entry)>> Waits()
    {
        var page = await _work.Directory.Entries(RecordLog.Name, _work.Workspace, _work.JobId, new()
        {
            Filters = [new(Wake.Facet, Test.AtLeast, Wake.First(_work.Lane)), new(Wake.Facet, Test.Less, Wake.First(_work.Lane + 1))],
            By = Wake.Facet,
            Limit = Limits.LaneWakeRecords,
        });
        return [.. page.Items.Select(entry => (Wake.Due((long)entry.Facets[RecordLog.Wake]!), entry))];
    }

    private async ValueTask Settled()
    {
        await _commit;
        if (_sent is not null)
        {
            JobMeters.Stored(Committed, _sent.Counts);
            (Committed, _sent) = (_sent.Counts, null);
            _version++;
        }
    }

    private async Task ReadAhead(long next)
    {
        var (position, end) = (next, Math.Min(_work.Block.End, next + Limits.LaneWindow));
        while (position < end)
        {
            var after = _work.Plan.Seq(position) - 1;
            var page = await _work.Directory.Entries(RecordLog.Name, _work.Workspace, _work.JobId, new() { After = after.ToString(), Limit = Limits.PageMax });
            foreach (var entry in page.Items)
            {
                while (position < end && _work.Plan.Seq(position) < entry.Seq)
                {
                    position++;
                }

                if (position >= end)
                {
                    return;
                }

                Window.Mark(position);
                Reached = position++;
            }

            if (page.Next is null)
            {
                return;
            }
        }
    }

    private async Task Store(List<EntryWrite> batch, JobLane lane)
    {
        var now = Time.Milliseconds(_work.Clock.GetUtcNow());
        var committed = await _work.Store.Commit(new Change(_work.Workspace)
        {
            Records = [new(JobLane.Kind, JobLane.Id(_work.JobId, _work.Lane), _version, Json.Write(lane), [], null, now)],
            Entries = batch,
        });
        if (committed.Status != CommitStatus.Stored)
        {
            throw new InvalidOperationException($"Lane {_work.Lane} of {_work.JobId} moved under this activation; its work is given up.");
        }
    }
}
