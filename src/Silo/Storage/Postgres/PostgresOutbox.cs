using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="IOutbox"/> on PostgreSQL. Positions are drawn at the end of a transaction, but transactions end in another order: an event may turn up
/// behind one that was read already. So every transaction with events holds a shared lock from before it draws until it has ended, and a reader who finds a
/// gap waits until those who held it then are done; after that what is missing is missing for good. Writers never wait for readers.</summary>
public sealed class PostgresOutbox(PostgresDatabase database) : IOutbox
{
    private const string After = """
        SELECT position, workspace, id, type, subject, time, data, previous FROM troupe.outbox WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
        """;

    private const string Holders = """
        SELECT coalesce(array_agg(virtualtransaction), '{}') FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = $1::bigint::oid AND objid = $2::bigint::oid AND objsubid = 2 AND granted
        """;

    /// <summary>How long a reader waits for transactions under way, at most; then it gives what comes before the gap.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(PostgresAddress.AnswerSeconds);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(1);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredEvent>> Read(long after, int limit, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await database.Run(
            async (connection, cancelled) =>
            {
                var events = await Read(connection, after, long.MaxValue, limit, cancelled);
                if (Gapless(events, after) == events.Count)
                {
                    return events;
                }

                var settled = await Settle(connection, cancelled);
                var again = await Read(connection, after, events[^1].Position, limit, cancelled);
                return settled ? again : again.GetRange(0, Gapless(again, after));
            },
            cancel);
    }

    /// <summary>How many events follow a position without a gap.</summary>
    private static int Gapless(List<StoredEvent> events, long after)
    {
        var count = 0;
        while (count < events.Count && events[count].Position == after + count + 1)
        {
            count++;
        }

        return count;
    }

    /// <summary>Waits until the transactions that hold the lock now are done; false when that takes too long.</summary>
    private static async Task<bool> Settle(NpgsqlConnection connection, CancellationToken cancel)
    {
        var holders = await Held(connection, cancel);
        for (var began = System.Diagnostics.Stopwatch.StartNew(); holders.Count > 0; holders.IntersectWith(await Held(connection, cancel)))
        {
            if (began.Elapsed > s_patience)
            {
                return false;
            }

            await Task.Delay(s_look, cancel);
        }

        return true;
    }

    private static async Task<HashSet<string>> Held(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Holders).With((long)Opener.Locks).With((long)PlanWriter.EventLock);
        return [.. (string[])(await batch.ExecuteScalarAsync(cancel))!];
    }

    private static async Task<List<StoredEvent>> Read(NpgsqlConnection connection, long after, long until, int limit, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(After).With(after).With(until).With((long)limit);
        await using var read = await batch.ExecuteReaderAsync(cancel);
        var events = new List<StoredEvent>();
        while (await read.ReadAsync(cancel))
        {
            var happened = new Event(read.GetString(2), read.GetString(3), read.GetString(4), read.Time(5), read.Bytes(6)) { Previous = read.Bytes(7) };
            events.Add(new(read.GetInt64(0), read.GetString(1), happened));
        }

        return events;
    }
}
