namespace Troupe.Jobs;

/// <summary>How an engine waits, and how it tells its grain where it stands.</summary>
internal sealed partial class LaneEngine
{
    private async ValueTask Rest(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan)
        {
            if (wait <= TimeSpan.Zero)
            {
                return;
            }

            var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 1, TimeSpan.MillisecondsPerDay);
            _alarm.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }

        await _flight.Wait();
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
