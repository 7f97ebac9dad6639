namespace Troupe.Kernel;

/// <summary>Times as people write them into data: the extended forms of ISO 8601 and RFC 3339, a blank for the T allowed, the zone optional, up to nine digits
/// of a second. Works on UTF-8 and allocates nothing. What a typed column takes, a wait can wait for.</summary>
public static class IsoTime
{
    private const int DateLength = 10;

    /// <summary>Longest form: <c>2026-03-01T12:00:00.123456789+01:00</c>.</summary>
    private const int MaxLength = 35;

    /// <summary>True for <c>YYYY-MM-DD</c>, a day that exists.</summary>
    public static bool IsDate(ReadOnlySpan<byte> text) => TryDate(text, out _);

    /// <summary>True for <c>YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm]</c>; a blank may stand for the T, and up to nine digits after the point.</summary>
    public static bool IsDateTime(ReadOnlySpan<byte> text) => TryDateTime(text, out _);

    /// <summary>Reads a date or a date with a time, blanks around it allowed. A date alone is its midnight, a time without zone is UTC, and what is finer than
    /// 100 nanoseconds is dropped. False for any other text, and for a time outside the years 1 to 9999.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        var trimmed = text.AsSpan().Trim();
        Span<byte> utf8 = stackalloc byte[MaxLength];
        time = default;
        if (!System.Text.Encoding.UTF8.TryGetBytes(trimmed, utf8, out var length)
            || !(TryDate(utf8[..length], out var ticks) || TryDateTime(utf8[..length], out ticks))
            || ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new(ticks, TimeSpan.Zero);
        return true;
    }

    private static bool TryDate(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length != DateLength || text[4] != '-' || text[7] != '-'
            || !Number(text[..4], 1, 9999, out var year) || !Number(text[5..7], 1, 12, out var month)
            || !Number(text[8..10], 1, DateTime.DaysInMonth(year, month), out var day))
        {
            return false;
        }

        ticks = new DateTime(year, month, day).Ticks;
        return true;
    }

    private static bool TryDateTime(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length < DateLength + 6 || !TryDate(text[..DateLength], out var day) || text[DateLength] is not ((byte)'T' or (byte)' ')
            || !TryClock(text[11..16], 23, out var clock))
        {
            return false;
        }

        var rest = text[16..];
        if (!TrySeconds(ref rest, out var seconds) || !TryZone(rest, out var zone))
        {
            return false;
        }

        ticks = day + clock + seconds - zone;
        return true;
    }

    /// <summary>Takes <c>:ss</c> and <c>.f…</c> off, if they are there; false when what stands there is neither.</summary>
    private static bool TrySeconds(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        if (rest.Length < 3 || rest[0] != ':')
        {
            return true;
        }

        if (!Number(rest[1..3], 0, 59, out var seconds))
        {
            return false;
        }

        ticks = seconds * TimeSpan.TicksPerSecond;
        rest = rest[3..];
        if (rest is not [(byte)'.', ..])
        {
            return true;
        }

        var digits = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? rest.Length - 1 : digits;
        var nanoseconds = 0;
        if (digits is 0 or > 9 || !Number(rest.Slice(1, digits), 0, int.MaxValue, out nanoseconds))
        {
            return false;
        }

        for (var i = digits; i < 9; i++)
        {
            nanoseconds *= 10;
        }

        ticks += nanoseconds / 100;
        rest = rest[(1 + digits)..];
        return true;
    }

    private static bool TryZone(ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        if (rest is not [(byte)'+' or (byte)'-', ..])
        {
            return rest is [] or [(byte)'Z'];
        }

        var known = TryClock(rest[1..], 14, out ticks);
        ticks = rest[0] == '-' ? -ticks : ticks;
        return known;
    }

    private static bool TryClock(ReadOnlySpan<byte> text, int mostHours, out long ticks)
    {
        ticks = 0;
        if (text.Length != 5 || text[2] != ':' || !Number(text[..2], 0, mostHours, out var hours) || !Number(text[3..], 0, 59, out var minutes))
        {
            return false;
        }

        ticks = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> digits, int least, int most, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + digit - '0';
        }

        return value >= least && value <= most;
    }
}
