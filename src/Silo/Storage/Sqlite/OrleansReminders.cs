using System.Globalization;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Reminders of an Orleans silo that is alone, in the embedded database: as durable as everything else. A cluster keeps its own in PostgreSQL, with
/// Orleans' provider. The rows stand beside those of the built-in runtime, which names its grains otherwise.</summary>
public sealed class OrleansReminders(Database database) : IReminderTable
{
    private const string Columns = "grain_type, grain_key, name, first_due_at, period, version";

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId) => Rows(entry => entry.GrainId == grainId);

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Rows(entry => IsBetween(entry.GrainId.GetUniformHashCode(), begin, end));

    /// <inheritdoc/>
    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        (await Rows(entry => entry.GrainId == grainId && entry.ReminderName == reminderName)).Reminders.SingleOrDefault();

    /// <inheritdoc/>
    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var version = Random.Shared.NextInt64(1, long.MaxValue); // drawn: one that is set again must not look like the old one
        var due = new DateTimeOffset(DateTime.SpecifyKind(entry.StartAt, DateTimeKind.Utc));
        await database.Write(connection =>
        {
            using var upsert = connection.Use($"INSERT OR REPLACE INTO reminders ({Columns}, due_at, partition) VALUES (?, ?, ?, ?, ?, ?, ?, -1)");
            upsert.With(entry.GrainId.Type.ToString()!).With(entry.GrainId.Key.ToString()!).With(entry.ReminderName).With(due).With(entry.Period.Ticks)
                .With(version).With(due).Run();
            return true;
        });
        return version.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => database.Write(connection =>
    {
        using var remove = connection.Use("DELETE FROM reminders WHERE grain_type = ? AND grain_key = ? AND name = ? AND version = ?");
        remove.With(grainId.Type.ToString()!).With(grainId.Key.ToString()!).With(reminderName).With(long.Parse(eTag, CultureInfo.InvariantCulture)).Run();
        return connection.Changes > 0;
    });

    /// <inheritdoc/>
    public Task TestOnlyClearTable() => database.Write(connection =>
    {
        connection.Execute("DELETE FROM reminders WHERE partition = -1");
        return true;
    });

    /// <summary>The range of hashes is half open, and may go round.</summary>
    private static bool IsBetween(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private async Task<ReminderTableData> Rows(Func<ReminderEntry, bool> wanted) => new((await database.Read(
        connection =>
        {
            using var read = connection.Use($"SELECT {Columns} FROM reminders WHERE partition = -1");
            var entries = new List<ReminderEntry>();
            while (read.Step())
            {
                entries.Add(new()
                {
                    GrainId = GrainId.Create(read.Text(0), read.Text(1)),
                    ReminderName = read.Text(2),
                    StartAt = read.Time(3).UtcDateTime,
                    Period = TimeSpan.FromTicks(read.Number(4)),
                    ETag = read.Number(5).ToString(CultureInfo.InvariantCulture),
                });
            }

            return entries;
        },
        default)).Where(wanted));
}
