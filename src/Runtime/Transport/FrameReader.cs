using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Troupe.Runtime;

/// <summary>Takes a stream of bytes apart into frames. Small frames are read where they lie; a large one is gathered in a pooled array while it comes in,
/// so that the pipe need not hold it. Not for use by two threads.</summary>
internal sealed class FrameReader(PipeReader input, int limit) : IDisposable
{
    /// <summary>Up to this size a frame waits in the pipe until it is whole.</summary>
    private const int InPlaceBytes = 32 * 1024;

    private ReadOnlySequence<byte> _rest; // read, not taken yet
    private bool _reading; // the pipe waits to hear how much was taken
    private byte[]? _lent; // the pooled array behind the last frame, or behind the one that is being gathered
    private int _length; // of the frame that is being gathered; 0 when none is
    private int _gathered;

    /// <summary>Largest frame that is accepted, its type included.</summary>
    internal int Limit { get; set; } = limit;

    /// <summary>The next frame. Throws <see cref="EndOfStreamException"/> when the other side has closed, <see cref="WireException"/> for a frame that
    /// is empty or too large.</summary>
    internal ValueTask<Frame> Next(CancellationToken cancel)
    {
        if (_length == 0)
        {
            GiveBack();
        }

        return TryTake(out var frame) ? new(frame) : Wait(cancel);
    }

    public void Dispose() => GiveBack();

    private async ValueTask<Frame> Wait(CancellationToken cancel)
    {
        while (true)
        {
            if (_reading)
            {
                input.AdvanceTo(_rest.Start, _rest.End);
                _reading = false;
            }

            var read = await input.ReadAsync(cancel);
            (_rest, _reading) = (read.Buffer, true);
            if (TryTake(out var frame))
            {
                return frame;
            }

            if (read.IsCompleted || read.IsCanceled)
            {
                throw new EndOfStreamException(
                    _length > 0 || !_rest.IsEmpty ? "The connection ended in the middle of a frame." : "The other side closed the connection.");
            }
        }
    }

    private bool TryTake(out Frame frame)
    {
        frame = default;
        if (_length > 0)
        {
            return Gather(out frame);
        }

        if (_rest.Length < Frame.LengthBytes)
        {
            return false;
        }

        var length = ReadLength();
        if (length > InPlaceBytes)
        {
            _rest = _rest.Slice(Frame.LengthBytes);
            (_lent, _length, _gathered) = (ArrayPool<byte>.Shared.Rent(length), length, 0);
            return Gather(out frame);
        }

        if (_rest.Length < Frame.LengthBytes + length)
        {
            return false;
        }

        var whole = _rest.Slice(Frame.LengthBytes, length);
        _rest = _rest.Slice(whole.End);
        frame = Framed(whole.IsSingleSegment ? whole.First : Copy(whole));
        return true;
    }

    private int ReadLength()
    {
        Span<byte> bytes = stackalloc byte[Frame.LengthBytes];
        _rest.Slice(0, Frame.LengthBytes).CopyTo(bytes);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return length > 0 && length <= Limit ? (int)length : throw new WireException($"A frame of {length} bytes; allowed are 1 to {Limit}.");
    }

    private bool Gather(out Frame frame)
    {
        var part = _rest.Slice(0, Math.Min(_rest.Length, _length - _gathered));
        part.CopyTo(_lent.AsSpan(_gathered));
        _gathered += (int)part.Length;
        _rest = _rest.Slice(part.End);
        frame = _gathered == _length ? Framed(_lent.AsMemory(0, _length)) : default;
        if (_gathered < _length)
        {
            return false;
        }

        _length = 0;
        return true;
    }

    private Memory<byte> Copy(ReadOnlySequence<byte> whole)
    {
        _lent = ArrayPool<byte>.Shared.Rent((int)whole.Length);
        whole.CopyTo(_lent);
        return _lent.AsMemory(0, (int)whole.Length);
    }

    private void GiveBack()
    {
        if (_lent is not null)
        {
            ArrayPool<byte>.Shared.Return(_lent);
            _lent = null;
        }
    }

    private static Frame Framed(ReadOnlyMemory<byte> whole) => new((FrameType)whole.Span[0], whole[1..]);
}
