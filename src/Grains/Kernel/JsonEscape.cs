using System.Buffers;

namespace Troupe.Kernel;

/// <summary>The bytes that cannot stand in a JSON string as they are, and what stands there instead (RFC 8259, section 7).</summary>
internal static class JsonEscape
{
    /// <summary>Longest sequence for one byte.</summary>
    public const int MaxLength = 6;

    /// <summary>Control characters, the quote and the backslash.</summary>
    public static SearchValues<byte> Needed { get; } =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    /// <summary>Writes the sequence for a byte that needs one; answers its length.</summary>
    public static int Write(byte value, Span<byte> room)
    {
        var sequence = value switch
        {
            (byte)'"' => "\\\""u8,
            (byte)'\\' => "\\\\"u8,
            (byte)'\n' => "\\n"u8,
            (byte)'\r' => "\\r"u8,
            (byte)'\t' => "\\t"u8,
            _ => "\\u00"u8,
        };
        sequence.CopyTo(room);
        if (sequence.Length == 2)
        {
            return 2;
        }

        (room[4], room[5]) = ((byte)('0' + (value >> 4)), "0123456789abcdef"u8[value & 15]);
        return MaxLength;
    }
}
