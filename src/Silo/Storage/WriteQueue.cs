namespace Troupe.Silo.Storage;

/// <summary>A write on its way to the database.</summary>
internal abstract class QueuedWrite
{
    /// <summary>About how many bytes it carries.</summary>
    public required int Bytes { get; init; }

    /// <summary>Tells the caller of a fault.</summary>
    public abstract void Fail(Exception fault);
}

/// <summary>The bounded queue before a writer: many add, one takes all that has gathered. No engine in it.</summary>
/// <param name="writers">How many such queues share the bounds of the store.</param>
internal sealed class WriteQueue<TWrite>(int writers = 1) : IDisposable where TWrite : QueuedWrite
{
    private readonly int _most = Limits.CommitWaiting / writers;
    private readonly int _mostBytes = Limits.CommitWaitingBytes / writers;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private readonly Queue<TWrite> _waiting = new();
    private long _bytes;
    private bool _closed;

    /// <summary>Writes waiting.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Adds a write. Throws <see cref="LimitExceededException"/> when <see cref="Limits.CommitWaiting"/> or <see cref="Limits.CommitWaitingBytes"/>
    /// are waiting already, <see cref="StoreException"/> when the store is closed; nothing is written then.</summary>
    public void Add(TWrite write)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw new StoreException("The store is closed; nothing was written.");
            }

            if (_waiting.Count >= _most || (_bytes + write.Bytes > _mostBytes && _waiting.Count > 0))
            {
                throw new LimitExceededException($"The store has {_waiting.Count} changes waiting to be written; nothing was written. Try again later.");
            }

            _waiting.Enqueue(write);
            _bytes += write.Bytes;
            Signal();
        }
    }

    /// <summary>Waits for writes and takes what has gathered, up to <see cref="Limits.CommitBatch"/> or <see cref="Limits.CommitBytes"/>. False when closed
    /// and empty.</summary>
    public bool Take(List<TWrite> into)
    {
        while (!TryTake(into))
        {
            _filled.Wait();
        }

        return into.Count > 0;
    }

    /// <summary>The same without holding a thread.</summary>
    public async ValueTask<bool> TakeSoon(List<TWrite> into)
    {
        while (!TryTake(into))
        {
            await _filled.WaitAsync();
        }

        return into.Count > 0;
    }

    /// <summary>Takes all that waits.</summary>
    public void TakeAll(List<TWrite> into)
    {
        lock (_gate)
        {
            into.AddRange(_waiting);
            _waiting.Clear();
            _bytes = 0;
        }
    }

    /// <summary>Lets nothing more in; what waits is still taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Signal();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _filled.Dispose();

    /// <summary>True when something was taken, or nothing will ever come.</summary>
    private bool TryTake(List<TWrite> into)
    {
        lock (_gate)
        {
            var bytes = 0L;
            while (into.Count < Limits.CommitBatch && bytes < Limits.CommitBytes && _waiting.TryDequeue(out var write))
            {
                bytes += write.Bytes;
                into.Add(write);
            }

            _bytes -= bytes;
            return into.Count > 0 || _closed;
        }
    }

    private void Signal()
    {
        if (_filled.CurrentCount == 0)
        {
            _filled.Release();
        }
    }
}
