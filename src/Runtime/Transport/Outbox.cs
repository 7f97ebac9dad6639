using System.Buffers;
using System.IO.Pipelines;

namespace Troupe.Runtime;

/// <summary>What waits to go out over a connection. Anybody appends; one flusher takes all that has gathered and writes it, so that many frames share one
/// system call, and what comes meanwhile is the next batch. Before <see cref="Open"/> it only gathers.</summary>
internal sealed class Outbox(Action<Exception> failed) : IThreadPoolWorkItem
{
    private const int ChunkBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private Batch _filling = new();
    private Batch _spare = new();
    private PipeWriter? _output;
    private TaskCompletionSource? _room;
    private bool _flushing, _closed;
    private long _appended, _taken, _written;

    /// <summary>Bytes appended so far: the position of the next frame.</summary>
    internal long Appended => Volatile.Read(ref _appended);

    /// <summary>Bytes appended and not written yet.</summary>
    internal long Unsent => Appended - Volatile.Read(ref _written);

    /// <summary>Begins to write.</summary>
    internal void Open(PipeWriter output)
    {
        lock (_gate)
        {
            _output = output;
            Wake();
        }
    }

    /// <summary>Adds a frame: its head and its payloads, which are copied. No effect when closed.</summary>
    internal void Append(ReadOnlySpan<byte> head, ReadOnlyMemory<byte> json = default, IReadOnlyList<ReadOnlyMemory<byte>>? raw = null)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            Add(head);
            Add(json.Span);
            for (var i = 0; i < (raw?.Count ?? 0); i++)
            {
                Add(raw![i].Span);
            }

            Wake();
        }
    }

    /// <summary>Ends when no more than this many bytes are unsent, or the outbox is closed.</summary>
    internal Task Room(long unsent)
    {
        if (Unsent <= unsent)
        {
            return Task.CompletedTask;
        }

        lock (_gate)
        {
            return _closed || Unsent <= unsent ? Task.CompletedTask : (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Takes no more. Gives the position up to which bytes were handed to the connection; what lies behind it certainly never left.</summary>
    internal long Close()
    {
        lock (_gate)
        {
            _closed = true;
            _filling.Clear();
            _room?.TrySetResult();
            return _taken;
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = Flush();

    private async Task Flush()
    {
        try
        {
            while (Take() is { } batch)
            {
                foreach (var (chunk, length) in batch.Chunks)
                {
                    await _output!.WriteAsync(chunk.AsMemory(0, length));
                }

                Written(batch);
            }
        }
        catch (Exception fault)
        {
            Close();
            failed(fault);
        }
    }

    private Batch? Take()
    {
        lock (_gate)
        {
            if (_closed || _filling.Length == 0)
            {
                _flushing = false;
                return null;
            }

            var batch = _filling;
            _filling = _spare;
            _taken += batch.Length;
            return batch;
        }
    }

    private void Written(Batch batch)
    {
        lock (_gate)
        {
            _written += batch.Length;
            batch.Clear();
            _spare = batch;
            if (_room is { } room)
            {
                _room = null; // whoever finds it still too full asks again
                room.TrySetResult();
            }
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        _filling.Add(bytes);
        Volatile.Write(ref _appended, _appended + bytes.Length);
    }

    private void Wake()
    {
        if (_output is not null && !_flushing && _filling.Length > 0)
        {
            _flushing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Bytes in pooled chunks, so that a large batch grows without being moved.</summary>
    private sealed class Batch
    {
        internal List<(byte[] Bytes, int Length)> Chunks { get; } = [];

        internal long Length { get; private set; }

        internal void Add(ReadOnlySpan<byte> bytes)
        {
            Length += bytes.Length;
            while (!bytes.IsEmpty)
            {
                if (Chunks is not [.., var (last, used)] || used == last.Length)
                {
                    (last, used) = (ArrayPool<byte>.Shared.Rent(ChunkBytes), 0);
                    Chunks.Add((last, 0));
                }

                var count = Math.Min(bytes.Length, last.Length - used);
                bytes[..count].CopyTo(last.AsSpan(used));
                Chunks[^1] = (last, used + count);
                bytes = bytes[count..];
            }
        }

        internal void Clear()
        {
            foreach (var (bytes, _) in Chunks)
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }

            Chunks.Clear();
            Length = 0;
        }
    }
}
