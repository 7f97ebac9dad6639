using System.Collections.Concurrent;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A small pool of connections for reading. Each read is a transaction of its own and sees every commit that was acknowledged before it began.</summary>
internal sealed class Readers(string file) : IDisposable
{
    private readonly ConcurrentStack<Connection> _idle = new();
    private readonly SemaphoreSlim _free = new(Math.Max(4, Environment.ProcessorCount * 2));
    private volatile bool _closed;

    /// <summary>Reads on the caller's thread: pages come from memory nearly always. Waits while all connections are in use.</summary>
    public async ValueTask<T> Run<T>(Func<Connection, T> read, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await _free.WaitAsync(cancel);
        try
        {
            return Read(read);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        while (_idle.TryPop(out var connection))
        {
            connection.Dispose();
        }
    }

    private T Read<T>(Func<Connection, T> read)
    {
        if (_closed)
        {
            throw new StoreException("The store is closed.");
        }

        Connection? connection = null;
        try
        {
            connection = _idle.TryPop(out var kept) ? kept : Connection.Open(file, writes: false);
            var answer = read(connection);
            Keep(connection);
            return answer;
        }
        catch (Exception fault)
        {
            connection?.Dispose();
            throw Faults.Wrap(fault);
        }
    }

    private void Keep(Connection connection)
    {
        _idle.Push(connection);
        if (_closed)
        {
            Dispose();
        }
    }
}
