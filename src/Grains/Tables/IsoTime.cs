namespace Troupe.Tables;

/// <summary>The forms of ISO 8601 that typed columns take: the extended ones of RFC 3339, with the zone optional. Works on UTF-8 and allocates
/// nothing.</summary>
public static class IsoTime
{
    private const int DateLength = 10;

    /// <summary>True for <c>YYYY-MM-DD</c>, a day that exists.</summary>
    public static bool IsDate(ReadOnlySpan<byte> text) =>
        text.Length == DateLength && text[4] == '-' && text[7] == '-'
        && Number(text[..4], 1, 9999, out var year) && Number(text[5..7], 1, 12, out var month)
        && Number(text[8..10], 1, DateTime.DaysInMonth(year, month), out _);

    /// <summary>True for <c>YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm]</c>; a blank may stand for the T, and up to nine digits after the point.</summary>
    public static bool IsDateTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < DateLength + 6 || !IsDate(text[..DateLength]) || text[DateLength] is not ((byte)'T' or (byte)' ') || !IsClock(text[11..16], 23))
        {
            return false;
        }

        var rest = text[16..];
        if (rest.Length >= 3 && rest[0] == ':')
        {
            if (!Number(rest[1..3], 0, 59, out _))
            {
                return false;
            }

            rest = rest[3..];
            if (rest is [(byte)'.', ..])
            {
                var digits = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
                digits = digits < 0 ? rest.Length - 1 : digits;
                if (digits is 0 or > 9)
                {
                    return false;
                }

                rest = rest[(1 + digits)..];
            }
        }

        return rest is [] or [(byte)'Z'] || (rest is [(byte)'+' or (byte)'-', ..] && IsClock(rest[1..], 14));
    }

    private static bool IsClock(ReadOnlySpan<byte> text, int hours) =>
        text.Length == 5 && text[2] == ':' && Number(text[..2], 0, hours, out _) && Number(text[3..], 0, 59, out _);

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
