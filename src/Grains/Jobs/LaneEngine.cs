using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>Runs a lane's records off its grain's turn. The grain gives orders from its turns and reads reports; neither waits for the other.</summary>
internal sealed partial class LaneEngine : IAsyncDisposable
{
    private static readonly TimeSpan CommitTime = TimeSpan.FromMilliseconds(Limits.LaneCommitMilliseconds);

    private readonly LaneWork _work;
    private readonly LaneLog _log;
    private readonly LaneFeed _feed;
    private readonly LaneGate _gate;
    private readonly LaneFlight _flight;
    private readonly Pace _pace;
    private readonly CancellationTokenSource _close = new();
    private readonly Task _running;

    private long _lastCommit;
    private bool _wanting = true;
    private string? _error;

    private LaneEngine(LaneWork work, LaneLog log, LaneOrder order)
    {
        (_work, _log, _feed, _pace) = (work, log, new(work, log), new(work.Clock));
        _gate = new(order, new(log.Committed, 0, (int)Math.Min(_feed.Ready, int.MaxValue), _feed.NextDue, Idle: false, Done: false));
        _flight = new(work, _gate);
        _lastCommit = work.Clock.GetTimestamp();
        log.Stored = _flight.Wake;
        _running = Task.Run(Run);
    }

    /// <summary>What stopped the engine before its time; it must be opened anew then. Null while all is well.</summary>
    public Exception? Fault => _running.Exception?.InnerException;

    /// <summary>Reads how far the lane is and starts.</summary>
    public static async Task<LaneEngine> Open(LaneWork work, LaneOrder order) => new(work, await LaneLog.Open(work), order);

    /// <summary>Takes an order and reports.</summary>
    public LaneReport Take(LaneOrder order)
    {
        var report = _gate.Take(order);
        _flight.Wake();
        return report;
    }

    /// <summary>Stops: what is in flight gets a moment to end, what has ended is stored.</summary>
    public async ValueTask DisposeAsync()
    {
        await _close.CancelAsync();
        _flight.Wake();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default); // a fault was reported, or nobody is left to report it to
        await _flight.DisposeAsync();
        _close.Dispose();
    }

    private async Task Run()
    {
        JobMeters.Lane(+1);
        try
        {
            while (!_close.IsCancellationRequested)
            {
                if (await Round() is not { } wait)
                {
                    return;
                }

                await _flight.Wait(wait);
            }

            await Close();
        }
        catch
        {
            await Land(); // nothing may go on while a successor starts
            throw;
        }
        finally
        {
            JobMeters.Lane(-1);
        }
    }

    /// <summary>Takes what ended, starts what may; answers how long there is nothing to do, or null when the lane is done.</summary>
    private async ValueTask<TimeSpan?> Round()
    {
        Collect();
        await _log.Settle();
        var order = _gate.Order;
        if (order.Mode == LaneMode.Stop)
        {
            await GiveUp();
            return null;
        }

        _pace.Set(order.Share.Rate);
        var wait = order.Mode == LaneMode.Run && _error is null ? await StartWhatMay() : Timeout.InfiniteTimeSpan;
        if (!_log.Busy)
        {
            await Commit();
        }

        var done = _feed.Ready == 0 && _flight.Count == 0 && !_log.Busy && _log.Waiting == 0 && _error is null;
        Tell(done);
        return done ? null : wait;
    }

    /// <summary>Starts records until none may start, or there is enough to commit; answers when to go on at the latest.</summary>
    private async ValueTask<TimeSpan> StartWhatMay()
    {
        var now = _work.Clock.GetUtcNow();
        if (_feed.ShouldLook(now))
        {
            await _feed.Look(now);
        }

        while (_error is null && _feed.HasNext && _gate.TryEnter())
        {
            if (!_pace.TryTake(out var pause))
            {
                _gate.Leave();
                var due = UntilDue();
                return due == Timeout.InfiniteTimeSpan || pause < due ? pause : due;
            }

            await Start();
            if (_log.IsFull || _work.Clock.GetElapsedTime(_lastCommit) >= CommitTime)
            {
                await Commit();
                return TimeSpan.Zero;
            }
        }

        return UntilDue();
    }

    /// <summary>How long until waits are worth looking for; asked after records were started, since one that ended at once may be the next to wait.</summary>
    private TimeSpan UntilDue()
    {
        var now = _work.Clock.GetUtcNow();
        return _feed.ShouldLook(now) ? TimeSpan.Zero : _feed.NextDue > now ? _feed.NextDue.Value - now : Timeout.InfiniteTimeSpan;
    }

    private async ValueTask Start()
    {
        if (await _feed.Next() is not { } item)
        {
            _gate.Leave();
            _error = "Rows of the table are gone: it was replaced or deleted while the job ran.";
        }
        else if (_flight.Start(item) is { } result)
        {
            Keep(item, result);
        }
    }

    private void Collect()
    {
        while (_flight.TryTake(out var item, out var result))
        {
            Keep(item, result ?? (_givingUp ? _work.Cancel(item) : null));
        }
    }

    private void Keep(LaneItem item, RecordResult? result)
    {
        if (result is null)
        {
            return; // cut short; it runs again, under the same idempotency keys
        }

        _log.Add(item, result);
        _feed.Ended(item, result);
    }

    private async ValueTask Commit()
    {
        await _log.Commit();
        _lastCommit = _work.Clock.GetTimestamp();
    }

    private void Tell(bool done)
    {
        var wanted = (int)Math.Min(int.MaxValue, _feed.Ready + _flight.Count);
        _gate.Publish(new(_log.Committed, 0, wanted, _feed.NextDue, _flight.Count == 0 && !_log.Busy, done, _error));
        if (done || _error is not null || (wanted > 0 && !_wanting))
        {
            _work.News();
        }

        _wanting = wanted > 0;
    }
}
