using System.Text.Json;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IReminderTable"/> on SQLite, through the same writer and the same group commit as everything else.</summary>
public sealed class SqliteReminders(Database database) : IReminderTable
{
    /// <summary>Those due, by time: few are, whosever they are, so the index begins with the time and not with the partition.</summary>
    internal const string DueOnes =
        $"SELECT {Columns} FROM reminders WHERE due_at < ? AND partition IN (SELECT value FROM json_each(?)) ORDER BY due_at LIMIT ?";

    private const string Columns = "grain_type, grain_key, partition, name, first_due_at, due_at, period, version";

    /// <inheritdoc/>
    public async ValueTask<ReminderEntry> Upsert(ReminderEntry entry, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        // Drawn, not counted: one that was removed and set again must not look like the old one to a tick that is still on its way.
        var version = Random.Shared.NextInt64(1, long.MaxValue / 2);
        var stored = entry with { FirstDueAt = Time.Milliseconds(entry.FirstDueAt), DueAt = Time.Milliseconds(entry.DueAt), Version = version };
        await database.Write(connection =>
        {
            using var upsert = connection.Use($"INSERT OR REPLACE INTO reminders ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
            upsert.With(stored.Grain.Type).With(stored.Grain.Key).With(stored.Partition).With(stored.Name).With(stored.FirstDueAt).With(stored.DueAt)
                .With(stored.Period.Ticks).With(stored.Version).Run();
            return true;
        });
        return stored;
    }

    /// <inheritdoc/>
    public ValueTask<ReminderEntry?> Find(GrainId grain, string name, CancellationToken cancel = default) => database.Read(
        connection =>
        {
            using var find = connection.Use($"SELECT {Columns} FROM reminders WHERE grain_type = ? AND grain_key = ? AND name = ?");
            return find.With(grain.Type).With(grain.Key).With(name).Step() ? Entry(find) : null;
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReminderEntry>> All(GrainId grain, CancellationToken cancel = default) => await database.Read(
        connection =>
        {
            using var find = connection.Use($"SELECT {Columns} FROM reminders WHERE grain_type = ? AND grain_key = ? ORDER BY name");
            return Entries(find.With(grain.Type).With(grain.Key));
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask<bool> Remove(GrainId grain, string name, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return await database.Write(connection =>
        {
            using var remove = connection.Use("DELETE FROM reminders WHERE grain_type = ? AND grain_key = ? AND name = ?");
            remove.With(grain.Type).With(grain.Key).With(name).Run();
            return connection.Changes > 0;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReminderEntry>> Due(
        IReadOnlyList<int> partitions, DateTimeOffset before, int limit, CancellationToken cancel = default)
    {
        var list = JsonSerializer.Serialize(partitions);
        return await database.Read<IReadOnlyList<ReminderEntry>>(
            connection =>
            {
                using var due = connection.Use(DueOnes);
                return Entries(due.With(before.AddTicks(TimeSpan.TicksPerMillisecond - 1)).With(list).With(limit)); // due times are whole milliseconds
            },
            cancel);
    }

    /// <inheritdoc/>
    public async ValueTask Advance(IReadOnlyList<ReminderEntry> handled, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        await database.Write(connection =>
        {
            using var advance = connection.Use(
                "UPDATE reminders SET due_at = ?, version = version + 1 WHERE grain_type = ? AND grain_key = ? AND name = ? AND version = ?");
            foreach (var entry in handled)
            {
                advance.With(entry.DueAt).With(entry.Grain.Type).With(entry.Grain.Key).With(entry.Name).With(entry.Version).Run();
                advance.Again();
            }

            return true;
        });
    }

    private static List<ReminderEntry> Entries(Statement read)
    {
        var entries = new List<ReminderEntry>();
        while (read.Step())
        {
            entries.Add(Entry(read));
        }

        return entries;
    }

    private static ReminderEntry Entry(Statement read) =>
        new(new(read.Text(0), read.Text(1)), (int)read.Number(2), read.Text(3), read.Time(4), read.Time(5), TimeSpan.FromTicks(read.Number(6)), read.Number(7));
}
