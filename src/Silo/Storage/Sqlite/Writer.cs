using System.Diagnostics;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The one writer: a thread with a connection of its own. It takes what has gathered in the queue, carries it out in one transaction, and tells the
/// callers after the transaction is on disk. While a transaction is on its way the next batch gathers, so nobody waits for company.</summary>
internal sealed class Writer : IDisposable
{
    private readonly Connection _connection;
    private readonly WriteQueue<Write> _queue = new();
    private readonly StoreMeter _meter;
    private readonly Thread _thread;
    private readonly List<Write> _batch = new(Limits.CommitBatch);

    public Writer(Connection connection)
    {
        _connection = connection;
        _meter = new(() => _queue.Waiting);
        _thread = new(Loop) { IsBackground = true, Name = "store writer" };
        _thread.Start();
    }

    /// <summary>Queues a write and answers once it is on disk. The work may run twice, the first time for nothing.</summary>
    public Task<T> Run<T>(Func<Connection, T> work, int bytes = 0)
    {
        var write = new Write<T>(work) { Bytes = bytes };
        _queue.Add(write);
        return write.Answer;
    }

    /// <summary>Lets nothing more in, writes what waits, and closes the connection.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _connection.Dispose();
        _queue.Dispose();
        _meter.Dispose();
    }

    private void Loop()
    {
        while (_queue.Take(_batch))
        {
            Store(_batch);
            _batch.Clear();
        }
    }

    private void Store(List<Write> batch)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            _connection.Run("BEGIN IMMEDIATE");
            foreach (var write in batch)
            {
                write.Run(_connection);
            }
        }
        catch (Exception fault)
        {
            Abandon();
            Alone(batch, fault);
            return;
        }

        try
        {
            _connection.Run("COMMIT");
        }
        catch (Exception fault)
        {
            Abandon();
            Fail(batch, fault);
            return;
        }

        _meter.Committed(batch.Count, Stopwatch.GetElapsedTime(began));
        foreach (var write in batch)
        {
            write.Complete();
        }
    }

    /// <summary>One write of the batch failed half-way, which checks come before and so only a fault or a bug causes. Each goes again in a transaction of its
    /// own, so that it stands or falls alone.</summary>
    private void Alone(List<Write> batch, Exception fault)
    {
        if (batch.Count == 1)
        {
            Fail(batch, fault);
            return;
        }

        foreach (var write in batch)
        {
            Store([write]);
        }
    }

    private void Fail(List<Write> batch, Exception fault)
    {
        foreach (var write in batch)
        {
            _meter.Failed();
            write.Fail(Faults.Wrap(fault));
        }
    }

    private void Abandon()
    {
        try
        {
            _connection.Rollback();
        }
        catch (Exception)
        {
            // The fault that led here is told to the callers; if the connection is beyond use, so is every later transaction, and each says so.
        }
    }
}
