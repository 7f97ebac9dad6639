using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A small pool of connections for reading. Each read is a transaction of its own and sees every commit that was acknowledged before it
/// began.</summary>
internal sealed class Readers(string file) : IDisposable
{
    private readonly ConcurrentStack<Connection> _idle = new();
    private readonly SemaphoreSlim _free = new(Math.Max(4, Environment.ProcessorCount * 2));
    private volatile bool _closed;

    /// <summary>Reads on the caller's thread: pages come from memory nearly always. Waits while all connections are in use. Cancelling ends a long read in the
    /// middle.</summary>
    public async ValueTask<T> Run<T>(Func<Connection, T> read, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await _free.WaitAsync(cancel);
        try
        {
            return Read(read, cancel);
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

    private T Read<T>(Func<Connection, T> read, CancellationToken cancel)
    {
        if (_closed)
        {
            throw new StoreException("The store is closed.");
        }

        Connection? connection = null;
        try
        {
            connection = _idle.TryPop(out var kept) ? kept : Open();
            using (cancel.UnsafeRegister(static reading => ((Connection)reading!).Interrupt(), connection))
            {
                return read(connection);
            }
        }
        catch (SqliteException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (SqliteException fault)
        {
            (connection, var broken) = (null, connection);
            broken?.Dispose();
            throw Faults.Wrap(fault);
        }
        finally
        {
            Keep(connection);
        }
    }

    private Connection Open()
    {
        var connection = Connection.Open(file, writes: false);
        connection.Execute(Pragmas.Reader);
        return connection;
    }

    private void Keep(Connection? connection)
    {
        if (connection is not null)
        {
            _idle.Push(connection);
        }

        if (_closed)
        {
            Dispose();
        }
    }
}
