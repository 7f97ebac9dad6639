namespace Troupe.Runtime;

/// <summary>A clock that shows the time of the table all nodes share. It learns the difference at each renewal and counts by the own monotonic clock between
/// two; it never goes back: when it is ahead it runs at half speed until it is right. Timers and timestamps are those of the own clock, whose
/// time of day means nothing once the first answer has come.</summary>
public sealed class SharedClock(TimeProvider own) : TimeProvider
{
    private Line? _line;

    /// <inheritdoc/>
    public override long TimestampFrequency => own.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => own.LocalTimeZone;

    /// <inheritdoc/>
    public override long GetTimestamp() => own.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        own.CreateTimer(callback, state, dueTime, period);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var now = own.GetTimestamp(); // before the line: a line that is newer than the time is clamped, an older one would run ahead
        return Volatile.Read(ref _line) is { } line ? At(line, now) : own.GetUtcNow();
    }

    /// <summary>Learns the shared time. An answer that took long says little: a difference that it could explain is ignored.</summary>
    /// <param name="sent">When the table was asked, as a timestamp.</param>
    /// <param name="answered">When it had answered, as a timestamp.</param>
    /// <param name="time">The time it told.</param>
    public void Learn(long sent, long answered, DateTimeOffset time)
    {
        var doubt = own.GetElapsedTime(sent, answered) / 2;
        var right = time + doubt;
        if (_line is not { } line)
        {
            Volatile.Write(ref _line, new(answered, right, TimeSpan.Zero));
            return;
        }

        var shown = At(line, answered);
        var ahead = shown - right;
        if (ahead.Duration() > doubt)
        {
            Volatile.Write(ref _line, ahead > TimeSpan.Zero ? new(answered, shown, 2 * ahead) : new(answered, right, TimeSpan.Zero));
        }
    }

    private DateTimeOffset At(Line line, long timestamp)
    {
        var passed = timestamp > line.From ? own.GetElapsedTime(line.From, timestamp) : TimeSpan.Zero;
        return line.Time + (passed < line.Slow ? passed / 2 : passed - (line.Slow / 2));
    }

    /// <summary>From a timestamp on, time goes on from <paramref name="Time"/>, for a while at half speed.</summary>
    private sealed record Line(long From, DateTimeOffset Time, TimeSpan Slow);
}
