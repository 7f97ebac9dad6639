using System.Globalization;

namespace Troupe.Api.Auth;

/// <summary>The headers of draft-ietf-httpapi-ratelimit-headers; sent when a limit is set, refused or not.</summary>
internal static class RateHeaders
{
    public static void Write(IHeaderDictionary headers, HeldGrant held, bool limited)
    {
        if (held.Grant.Rate is not { } rate)
        {
            return;
        }

        var left = limited ? 0 : rate.Remaining + held.Permits;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";q={rate.Limit};w=1");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";r={left};t=1");
    }

    public static Failure Refusal(HeldGrant held)
    {
        // Whole seconds, and never zero: a client that waits as told gets in.
        var seconds = Math.Max(1, (held.Grant.Rate!.RetryAfterMilliseconds + 999) / 1000);
        return new Failure(Kernel.Refusal.Limited, "rate_limited", $"More than {held.Grant.Rate.Limit} requests a second; wait {seconds} s.").With("retry_after_seconds", seconds);
    }
}
