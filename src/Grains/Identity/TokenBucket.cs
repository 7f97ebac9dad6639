namespace Troupe.Identity;

/// <summary>The rate limit of one key: a bucket that holds one second's requests and fills evenly. Given out in shares, so that no request asks on its own.</summary>
internal sealed class TokenBucket(TimeProvider clock)
{
    private double _tokens = double.MaxValue; // full, whatever the limit turns out to be
    private long _filledAt = clock.GetTimestamp();

    /// <summary>A share for a front end: a tenth of a second's requests at most, less what it still holds.</summary>
    public RateShare Share(long limit, long held)
    {
        var now = clock.GetTimestamp();
        _tokens = Math.Min(limit, _tokens + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * limit));
        _filledAt = now;

        var permits = Math.Max(0, Math.Min((long)_tokens, Math.Max(1, limit / 10) - held));
        _tokens -= permits;
        var wait = permits > 0 || held > 0 || _tokens >= 1 ? 0 : (long)Math.Ceiling((1 - _tokens) / limit * 1000);
        return new(limit, permits, (long)_tokens, wait);
    }
}
