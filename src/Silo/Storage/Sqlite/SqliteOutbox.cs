namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IOutbox"/> on SQLite. One writer gives the positions, so their order is the order of the commits.</summary>
public sealed class SqliteOutbox(Database database) : IOutbox
{
    private const string After =
        "SELECT position, workspace, id, type, subject, time, data, previous FROM outbox WHERE position > ? ORDER BY position LIMIT ?";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredEvent>> Read(long after, int limit, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await database.Read(
            connection =>
            {
                var events = new List<StoredEvent>();
                using var read = connection.Use(After);
                read.With(after).With(limit);
                while (read.Step())
                {
                    var happened = new Event(read.Text(2), read.Text(3), read.Text(4), read.Time(5), read.Bytes(6)) { Previous = read.Bytes(7) };
                    events.Add(new(read.Number(0), read.Text(1), happened));
                }

                return events;
            },
            cancel);
    }
}
