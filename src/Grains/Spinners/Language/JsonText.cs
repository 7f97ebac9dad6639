using System.Buffers;
using System.Text;

namespace Troupe.Spinners;

/// <summary>Moves text between plain UTF-8, the inside of JSON strings and URLs, without an object per value.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    private static ReadOnlySpan<byte> Hex => "0123456789ABCDEF"u8;

    /// <summary>Writes plain text as the inside of a JSON string.</summary>
    public static void Escape(ReadOnlySpan<byte> text, BoundedText into)
    {
        Span<byte> sequence = stackalloc byte[JsonEscape.MaxLength];
        for (int at; (at = text.IndexOfAny(JsonEscape.Needed)) >= 0; text = text[(at + 1)..])
        {
            into.Write(text[..at]);
            into.Write(sequence[..JsonEscape.Write(text[at], sequence)]);
        }

        into.Write(text);
    }

    /// <summary>Writes the inside of a valid JSON string as plain text; half of a surrogate pair becomes U+FFFD.</summary>
    public static void Unescape(ReadOnlySpan<byte> inside, BoundedText into)
    {
        for (int at; (at = inside.IndexOf((byte)'\\')) >= 0;)
        {
            into.Write(inside[..at]);
            inside = inside[(at + 1)..];
            inside = inside[(inside[0] == 'u' ? Unicode(inside, into) : Short(inside[0], into))..];
        }

        into.Write(inside);
    }

    /// <summary>Writes plain text so that it stays one value inside a URL or a form: everything but letters, digits and <c>-._~</c> is
    /// percent-encoded.</summary>
    public static void PercentEncode(ReadOnlySpan<byte> text, BoundedText into)
    {
        for (int at; (at = text.IndexOfAnyExcept(Unreserved)) >= 0; text = text[(at + 1)..])
        {
            into.Write(text[..at]);
            into.Write([(byte)'%', Hex[text[at] >> 4], Hex[text[at] & 15]]);
        }

        into.Write(text);
    }

    /// <summary>The longest start of a text that has at most so many bytes and ends between characters.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int bytes)
    {
        if (text.Length <= bytes)
        {
            return text;
        }

        while (bytes > 0 && (text[bytes] & 0xC0) == 0x80)
        {
            bytes--;
        }

        return text[..bytes];
    }

    private static int Short(byte letter, BoundedText into)
    {
        into.Write(letter switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            _ => letter,
        });
        return 1;
    }

    private static int Unicode(ReadOnlySpan<byte> inside, BoundedText into)
    {
        var (first, used) = (Unit(inside[1..]), 5);
        Span<char> units = [(char)first, '\0'];
        var count = 1;
        if (char.IsHighSurrogate((char)first) && inside.Length >= 11 && inside[5] == '\\' && inside[6] == 'u' && char.IsLowSurrogate((char)Unit(inside[7..])))
        {
            (units[1], count, used) = ((char)Unit(inside[7..]), 2, 11);
        }

        into.Write(units[..count]);
        return used;
    }

    private static int Unit(ReadOnlySpan<byte> digits) => int.Parse(digits[..4], System.Globalization.NumberStyles.AllowHexSpecifier);
}
