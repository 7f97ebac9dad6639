namespace Troupe.Kernel;

/// <summary>The rate limit of one credential: a bucket that holds one second's requests and fills evenly. Not thread-safe: it belongs to a grain.</summary>
public sealed class TokenBucket(TimeProvider clock)
{
    private double _tokens = double.MaxValue; // full, whatever the limit turns out to be
    private long _filledAt = clock.GetTimestamp();

    /// <summary>A share for a front end, so that it need not ask for each request: a tenth of a second's requests at most, less what it still holds.</summary>
    public RateShare Share(long limit, long held) => Give(limit, Math.Max(1, limit / 10) - held, held);

    /// <summary>Leave for one request.</summary>
    public RateShare Take(long limit) => Give(limit, 1, 0);

    private RateShare Give(long limit, long most, long held)
    {
        var now = clock.GetTimestamp();
        _tokens = Math.Min(limit, _tokens + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * limit));
        _filledAt = now;

        var permits = Math.Max(0, Math.Min((long)_tokens, most));
        _tokens -= permits;
        var wait = permits > 0 || held > 0 || _tokens >= 1 ? 0 : (long)Math.Ceiling((1 - _tokens) / limit * 1000);
        return new(limit, permits, (long)_tokens, wait);
    }
}

/// <summary>A share of a rate limit.</summary>
/// <param name="Limit">Requests a second that the plan allows.</param>
/// <param name="Permits">Requests that may pass with this grant; 0 when the limit is used up.</param>
/// <param name="Remaining">What is left to give out after this share.</param>
/// <param name="RetryAfterMilliseconds">With no permits: when to ask again.</param>
public sealed record RateShare(long Limit, long Permits, long Remaining, long RetryAfterMilliseconds);
