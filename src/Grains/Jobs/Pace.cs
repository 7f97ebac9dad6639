namespace Troupe.Jobs;

/// <summary>Keeps starts to a rate. What was missed by less than <see cref="CatchUpSeconds"/> is made up for, so that a timer's grain does not slow the
/// lane down; more than that is lost, so that an idle lane cannot save up a burst.</summary>
public sealed class Pace(TimeProvider clock)
{
    private const double CatchUpSeconds = 0.05;

    private double _rate = double.PositiveInfinity;
    private long _next = clock.GetTimestamp();

    /// <summary>Starts a second; null for no limit.</summary>
    public void Set(double? perSecond)
    {
        var rate = perSecond ?? double.PositiveInfinity;
        if (rate != _rate)
        {
            _rate = rate;
            _next = Math.Min(_next, clock.GetTimestamp() + Ticks(1 / rate)); // the slot already given out must not outlive a faster rate
        }
    }

    /// <summary>Takes a start if one is due; otherwise tells how long until the next.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (double.IsPositiveInfinity(_rate))
        {
            return true;
        }

        var now = clock.GetTimestamp();
        if (_next > now)
        {
            wait = _rate > 0 ? clock.GetElapsedTime(now, _next) : Timeout.InfiniteTimeSpan;
            return false;
        }

        _next = Math.Max(_next, now - Ticks(CatchUpSeconds)) + Ticks(1 / _rate);
        return true;
    }

    private long Ticks(double seconds) => double.IsInfinity(seconds) ? long.MaxValue / 4 : (long)(Math.Min(seconds, 1e6) * clock.TimestampFrequency);
}
