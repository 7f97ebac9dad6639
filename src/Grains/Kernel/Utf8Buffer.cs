using System.Buffers;

namespace Troupe.Kernel;

/// <summary>One growing stretch of pooled memory that text is written into. Dispose it only when nobody can read its memory any more: a call that timed out
/// may still be on its way with it.</summary>
public sealed class Utf8Buffer(int capacity = 4096) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Starts over, keeping the memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Room for so many bytes behind what was written; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Grow(bytes);
        }

        return _bytes.AsSpan(Length);
    }

    /// <summary>Counts bytes written into <see cref="Room"/>.</summary>
    public void Advance(int bytes) => Length += bytes;

    /// <summary>Writes bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Writes one byte.</summary>
    public void Write(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    /// <summary>Writes valid UTF-8 text as a JSON string.</summary>
    public void WriteString(ReadOnlySpan<byte> text)
    {
        Write((byte)'"');
        for (var plain = text.IndexOfAny(JsonEscape.Needed); plain >= 0; plain = text.IndexOfAny(JsonEscape.Needed))
        {
            Write(text[..plain]);
            Advance(JsonEscape.Write(text[plain], Room(JsonEscape.MaxLength)));
            text = text[(plain + 1)..];
        }

        Write(text);
        Write((byte)'"');
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + bytes));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
