namespace Troupe.Tests.Tables;

/// <summary>Gives its bytes out in packets of a size.</summary>
internal sealed class PacketStream(byte[] bytes, int packet) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, packet)], cancellationToken);
}

/// <summary>A head and then the same piece over and over, up to a length; holds nothing of it.</summary>
internal sealed class EndlessStream(byte[] head, byte[] piece, long length) : Stream
{
    private long _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var written = 0;
        while (written < buffer.Length && _at < length)
        {
            var from = _at < head.Length ? head.AsSpan((int)_at) : piece.AsSpan((int)((_at - head.Length) % piece.Length));
            var count = (int)Math.Min(Math.Min(from.Length, buffer.Length - written), length - _at);
            from[..count].CopyTo(buffer[written..]);
            written += count;
            _at += count;
        }

        return written;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
