namespace Troupe.Silo.Storage;

/// <summary>A write on its way to the database.</summary>
/// <typeparam name="TSession">What it is carried out on.</typeparam>
internal abstract class Write<TSession>
{
    /// <summary>About how many bytes it carries.</summary>
    public required int Bytes { get; init; }

    /// <summary>Carries it out within a transaction. May run twice: what the first run wrote is rolled back before the second.</summary>
    public abstract void Run(TSession session);

    /// <summary>Tells the caller, after the transaction is on disk.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller of a fault.</summary>
    public abstract void Fail(Exception fault);
}

/// <summary>A write that answers.</summary>
internal sealed class Write<TSession, T>(Func<TSession, T> run) : Write<TSession>
{
    // Callers go on elsewhere: the writer never runs their code.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;

    public Task<T> Answer => _answer.Task;

    public override void Run(TSession session) => _value = run(session);

    public override void Complete() => _answer.TrySetResult(_value!);

    public override void Fail(Exception fault) => _answer.TrySetException(fault);
}

/// <summary>The bounded queue before the one writer: many add, one takes all that has gathered. No engine in it.</summary>
internal sealed class WriteQueue<TSession> : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private readonly Queue<Write<TSession>> _waiting = new();
    private long _bytes;
    private bool _closed;

    /// <summary>Writes waiting.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Adds a write. Throws <see cref="LimitExceededException"/> when <see cref="Limits.CommitWaiting"/> or <see cref="Limits.CommitWaitingBytes"/>
    /// are waiting already, <see cref="StoreException"/> when the store is closed; nothing is written then.</summary>
    public void Add(Write<TSession> write)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw new StoreException("The store is closed; nothing was written.");
            }

            if (_waiting.Count >= Limits.CommitWaiting || (_bytes + write.Bytes > Limits.CommitWaitingBytes && _waiting.Count > 0))
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
    public bool Take(List<Write<TSession>> into)
    {
        while (true)
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
                if (into.Count > 0 || _closed)
                {
                    return into.Count > 0;
                }
            }

            _filled.Wait();
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

    private void Signal()
    {
        if (_filled.CurrentCount == 0)
        {
            _filled.Release();
        }
    }
}
