using System.Buffers.Text;
using System.Text;

namespace Troupe.Spinners;

/// <summary>A growing run of UTF-8 bytes up to a limit, kept and used again by the next record. What would pass the limit is dropped and
/// <see cref="Overflowed"/> says so, so that rendering needs no check at every step.</summary>
internal sealed class BoundedText(int limit)
{
    private const int Kept = 64 * 1024;

    private byte[] _bytes = new byte[512];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>True when something was dropped since the last <see cref="Clear"/>.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>A part of what was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    /// <summary>Empties the buffer; an unusually large one is given up.</summary>
    public void Clear()
    {
        (Length, Overflowed) = (0, false);
        if (_bytes.Length > Kept)
        {
            _bytes = new byte[512];
        }
    }

    /// <summary>Appends bytes, which must not be this buffer's own.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => _ = bytes.TryCopyTo(Reserve(bytes.Length));

    /// <summary>Appends one byte.</summary>
    public void Write(byte value)
    {
        if (Reserve(1) is [_, ..] room)
        {
            room[0] = value;
        }
    }

    /// <summary>Appends a text as UTF-8; lone surrogates become U+FFFD.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        var room = Reserve(Encoding.UTF8.GetByteCount(text));
        if (!room.IsEmpty)
        {
            Encoding.UTF8.GetBytes(text, room);
        }
    }

    /// <summary>Appends a whole number.</summary>
    public void Write(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var written);
        Write(digits[..written]);
    }

    /// <summary>Room for some bytes, counted as written; empty (and <see cref="Overflowed"/>) when they would pass the limit.</summary>
    public Span<byte> Reserve(int count)
    {
        if (count > _bytes.Length - Length || Overflowed)
        {
            if (count > limit - Length || Overflowed)
            {
                Overflowed = true;
                return [];
            }

            Array.Resize(ref _bytes, (int)Math.Min(Math.Max((long)_bytes.Length * 2, Length + count), Math.Max(limit, 512)));
        }

        var room = _bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }
}
