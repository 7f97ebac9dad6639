using System.Globalization;

namespace Troupe.Api.Auth;

/// <summary>The headers of draft-ietf-httpapi-ratelimit-headers; sent when a limit is set, refused or not.</summary>
internal static class RateHeaders
{
    /// <summary>The headers of a request by key.</summary>
    public static void Write(IHeaderDictionary headers, HeldGrant held, bool limited) =>
        Write(headers, held.Grant.Rate, limited ? 0 : (held.Grant.Rate?.Remaining ?? 0) + held.Permits);

    /// <summary>The headers for a limit of which so many requests are left this second.</summary>
    public static void Write(IHeaderDictionary headers, RateShare? rate, long left)
    {
        if (rate is not null)
        {
            headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";q={rate.Limit};w=1");
            headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";r={left};t=1");
        }
    }

    /// <summary>The refusal when nothing is left.</summary>
    public static Failure Refusal(RateShare rate)
    {
        // Whole seconds, and never zero: a client that waits as told gets in.
        var seconds = Math.Max(1, (rate.RetryAfterMilliseconds + 999) / 1000);
        return new Failure(Kernel.Refusal.Limited, "rate_limited", $"More than {rate.Limit} requests a second; wait {seconds} s.")
            .With("retry_after_seconds", seconds);
    }
}
