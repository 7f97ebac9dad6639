using System.Buffers.Binary;
using System.Text;

namespace Troupe.Runtime;

/// <summary>Puts the head of a frame together: everything but payloads, which go after it untouched. One for each thread, so what
/// <see cref="End"/> gives is good until that thread begins the next.</summary>
internal sealed class FrameWriter
{
    [ThreadStatic]
    private static FrameWriter? t_own;

    private byte[] _bytes = new byte[1024];
    private int _length;

    internal static FrameWriter Begin(FrameType type)
    {
        var own = t_own ??= new();
        own._bytes[Frame.LengthBytes] = (byte)type;
        own._length = Frame.HeadBytes;
        return own;
    }

    internal FrameWriter Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    internal FrameWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), value);
        return this;
    }

    internal FrameWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);
        return this;
    }

    internal FrameWriter Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        return this;
    }

    /// <summary>A text: two bytes of length, UTF-8. Throws <see cref="ArgumentException"/> when it is longer than two bytes can say.</summary>
    internal FrameWriter Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > ushort.MaxValue)
        {
            throw new ArgumentException($"A text of {length} bytes does not fit into a message between nodes; {ushort.MaxValue} do.");
        }

        BinaryPrimitives.WriteUInt16LittleEndian(Room(sizeof(ushort)), (ushort)length);
        Encoding.UTF8.GetBytes(value, Room(length));
        return this;
    }

    /// <summary>The head with its length filled in.</summary>
    /// <param name="following">Bytes of payload that go after it.</param>
    internal ReadOnlySpan<byte> End(int following = 0)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length - Frame.LengthBytes + following);
        return _bytes.AsSpan(0, _length);
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }
}

/// <summary>Reads the body of a frame from its start. Throws <see cref="WireException"/> when it is too short for what is asked.</summary>
internal ref struct FrameBody(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;

    /// <summary>Bytes read so far.</summary>
    internal int Position { get; private set; }

    internal readonly int Left => _body.Length - Position;

    internal byte Byte() => Bytes(1)[0];

    internal int Int() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));

    internal long Long() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    internal ReadOnlySpan<byte> Utf8() => Bytes(BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort))));

    internal string Text() => Encoding.UTF8.GetString(Utf8());

    internal ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > Left)
        {
            throw new WireException("A frame is shorter than it says.");
        }

        Position += count;
        return _body.Slice(Position - count, count);
    }
}
