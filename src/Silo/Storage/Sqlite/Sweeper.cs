namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Erases what has outlived its time and what was dropped, every <see cref="Limits.SweepPeriod"/>, in small steps through the writer's queue, so that
/// commits of others go between.</summary>
internal sealed class Sweeper : IDisposable
{
    private readonly Database _database;
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;

    public Sweeper(Database database)
    {
        _database = database;
        _timer = database.Clock.CreateTimer(_ => _ = Round(), null, Limits.SweepPeriod, Limits.SweepPeriod);
    }

    /// <summary>Goes on until there is nothing left to erase.</summary>
    public async ValueTask Sweep(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            foreach (var step in Steps)
            {
                while (await _database.Write(connection => step(connection, _database.Clock.GetUtcNow())))
                {
                    cancel.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _ended.Cancel();
    }

    /// <summary>Each erases a little and tells whether there is more.</summary>
    private static Func<Connection, DateTimeOffset, bool>[] Steps { get; } =
    [
        // Rows of these two are in order of time nearly always, so the oldest few tell whether there is work. The last event stays: positions go on from it.
        (connection, now) => Delete(connection, now - Limits.EventRetention, $"""
            DELETE FROM outbox WHERE position IN (SELECT position FROM outbox ORDER BY position LIMIT {Limits.SweepRows})
              AND time <= ? AND position < (SELECT max(position) FROM outbox)
            """),
        (connection, now) => Delete(connection, now - Limits.AnswerRetention, $"""
            DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY id LIMIT {Limits.SweepRows}) AND created_at <= ?
            """),
        (connection, now) =>
        {
            using var give = connection.Use("UPDATE row_logs SET name = NULL, staged_at = NULL WHERE staged_at <= ?");
            give.With(now - Limits.StageRetention).Run();
            return false;
        },
        (connection, _) => EraseSegments(connection),
    ];

    private static bool Delete(Connection connection, DateTimeOffset before, string sql)
    {
        using var delete = connection.Use(sql);
        delete.With(before).Run();
        return connection.Changes == Limits.SweepRows;
    }

    private static bool EraseSegments(Connection connection)
    {
        using var dropped = connection.Use("SELECT id FROM row_logs WHERE name IS NULL ORDER BY id LIMIT 1");
        if (!dropped.Step())
        {
            return false;
        }

        var log = dropped.Number(0);
        var first = $"FROM row_segments WHERE log = ?1 ORDER BY first_seq LIMIT {Limits.SweepSegments}";
        using (var chunks = connection.Use($"DELETE FROM row_chunks WHERE id IN (SELECT chunk {first})"))
        {
            chunks.With(log).Run();
        }

        using (var segments = connection.Use($"DELETE FROM row_segments WHERE log = ?1 AND first_seq IN (SELECT first_seq {first})"))
        {
            segments.With(log).Run();
        }

        if (connection.Changes == 0)
        {
            using var last = connection.Use("DELETE FROM row_logs WHERE id = ?");
            last.With(log).Run();
        }

        return true;
    }

    private async Task Round()
    {
        try
        {
            await Sweep(_ended.Token);
        }
        catch (Exception) when (_ended.IsCancellationRequested)
        {
            // Closing.
        }
        catch (Exception fault) when (fault is StoreException or LimitExceededException)
        {
            // The next round tries again; readiness tells of a store that is down.
        }
    }
}
