using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>A reminder to be set, or to be removed when <paramref name="Entry"/> is null.</summary>
internal sealed record ReminderWrite(GrainId Grain, string Name, ReminderEntry? Entry);

/// <summary><see cref="IReminderTable"/> on PostgreSQL. What is set and removed while a transaction is on its way goes together in the next.</summary>
public sealed class PostgresReminders : IReminderTable, IAsyncDisposable
{
    /// <summary>Those due, by time: few are, whosever they are, so the index begins with the time and not with the partition.</summary>
    internal const string DueOnes =
        $"SELECT {Shown} FROM troupe.reminders WHERE due_at < $1 AND partition = ANY ($2::int[]) ORDER BY due_at LIMIT $3";

    /// <summary>About what a reminder weighs in the queue.</summary>
    private const int Bytes = 256;

    private const string Shown = "grain_type, grain_key, partition, name, first_due_at, due_at, period, version";

    private const string Set = $"""
        INSERT INTO troupe.reminders ({Shown})
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
        ON CONFLICT (grain_type, grain_key, name) DO UPDATE SET partition = excluded.partition, first_due_at = excluded.first_due_at,
          due_at = excluded.due_at, period = excluded.period, version = excluded.version
        """;

    private const string Unset = """
        DELETE FROM troupe.reminders AS t USING unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS u (grain_type, grain_key, name, at)
        WHERE t.grain_type = u.grain_type AND t.grain_key = u.grain_key AND t.name = u.name RETURNING u.at
        """;

    private const string Move = """
        UPDATE troupe.reminders AS t SET due_at = u.due_at, version = t.version + 1
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS u (grain_type, grain_key, name, due_at, version)
        WHERE t.grain_type = u.grain_type AND t.grain_key = u.grain_key AND t.name = u.name AND t.version = u.version
        """;

    private readonly PostgresDatabase _database;
    private readonly Lane<ReminderWrite, bool> _lane;

    /// <summary>The reminders of a database.</summary>
    public PostgresReminders(PostgresDatabase database) => (_database, _lane) = (database, new(Carry, lanes: 1));

    /// <inheritdoc/>
    public async ValueTask<ReminderEntry> Upsert(ReminderEntry entry, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        // Drawn, not counted: one that was removed and set again must not look like the old one to a tick that is still on its way.
        var version = Random.Shared.NextInt64(1, long.MaxValue / 2);
        var stored = entry with { FirstDueAt = Time.Milliseconds(entry.FirstDueAt), DueAt = Time.Milliseconds(entry.DueAt), Version = version };
        await _lane.Run(new(stored.Grain, stored.Name, stored), Bytes);
        return stored;
    }

    /// <inheritdoc/>
    public ValueTask<ReminderEntry?> Find(GrainId grain, string name, CancellationToken cancel = default) => _database.Run(
        async (connection, cancelled) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add($"SELECT {Shown} FROM troupe.reminders WHERE grain_type = $1 AND grain_key = $2 AND name = $3")
                .With(grain.Type).With(grain.Key).With(name);
            return (await Entries(batch, cancelled)).FirstOrDefault();
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReminderEntry>> All(GrainId grain, CancellationToken cancel = default) => await _database.Run(
        async (connection, cancelled) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add($"SELECT {Shown} FROM troupe.reminders WHERE grain_type = $1 AND grain_key = $2 ORDER BY name").With(grain.Type).With(grain.Key);
            return await Entries(batch, cancelled);
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask<bool> Remove(GrainId grain, string name, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return await _lane.Run(new(grain, name, null), Bytes);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReminderEntry>> Due(
        IReadOnlyList<int> partitions, DateTimeOffset before, int limit, CancellationToken cancel = default) => await _database.Run(
        async (connection, cancelled) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            var whole = before.AddTicks(TimeSpan.TicksPerMillisecond - 1); // due times are whole milliseconds
            batch.Add(DueOnes).With(whole).With([.. partitions]).With((long)limit);
            return await Entries(batch, cancelled);
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask Advance(IReadOnlyList<ReminderEntry> handled, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        await _database.Run(
            async (connection, _) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(PlanWriter.Prelude);
                ReminderEntry[] sorted = [.. handled.OrderBy(e => e.Grain.Key, StringComparer.Ordinal)];
                batch.Add(Move).With([.. sorted.Select(e => e.Grain.Type)]).With([.. sorted.Select(e => e.Grain.Key)]).With([.. sorted.Select(e => e.Name)])
                    .With([.. sorted.Select(e => e.DueAt.ToUnixTimeMilliseconds())]).With([.. sorted.Select(e => e.Version)]);
                return await batch.ExecuteNonQueryAsync(CancellationToken.None);
            },
            CancellationToken.None);
    }

    /// <summary>Carries out what waits, and ends.</summary>
    public ValueTask DisposeAsync() => _lane.DisposeAsync();

    /// <summary>Carries out what has gathered.</summary>
    private async Task Carry(IReadOnlyList<Pending<ReminderWrite, bool>> group)
    {
        for (var first = 0; first < group.Count;)
        {
            // Each reminder once in a transaction; what comes again waits for the next.
            var names = new HashSet<(GrainId, string)>();
            var part = group.Skip(first).TakeWhile(pending => names.Add((pending.Work.Grain, pending.Work.Name))).ToList();
            await _database.Run((connection, _) => Carry(connection, part), CancellationToken.None);
            first += part.Count;
        }
    }

    private static async Task<bool> Carry(NpgsqlConnection connection, List<Pending<ReminderWrite, bool>> part)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(PlanWriter.Prelude);
        ReminderEntry[] set = [.. part.Select(pending => pending.Work.Entry).OfType<ReminderEntry>().OrderBy(entry => entry.Grain.Key, StringComparer.Ordinal)];
        batch.Add(Set).With([.. set.Select(e => e.Grain.Type)]).With([.. set.Select(e => e.Grain.Key)]).With([.. set.Select(e => e.Partition)])
            .With([.. set.Select(e => e.Name)]).With([.. set.Select(e => e.FirstDueAt.ToUnixTimeMilliseconds())])
            .With([.. set.Select(e => e.DueAt.ToUnixTimeMilliseconds())]).With([.. set.Select(e => e.Period.Ticks)]).With([.. set.Select(e => e.Version)]);
        var unset = part.Where(pending => pending.Work.Entry is null).ToList();
        batch.Add(Unset).With([.. unset.Select(p => p.Work.Grain.Type)]).With([.. unset.Select(p => p.Work.Grain.Key)])
            .With([.. unset.Select(p => p.Work.Name)]);
        var gone = new HashSet<Pending<ReminderWrite, bool>>();
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            while (await reader.NextResultAsync())
            {
                while (await reader.ReadAsync())
                {
                    gone.Add(unset[(int)reader.GetInt64(0) - 1]);
                }
            }
        }

        part.ForEach(pending => pending.Complete(pending.Work.Entry is not null || gone.Contains(pending)));
        return true;
    }

    private static async Task<List<ReminderEntry>> Entries(NpgsqlBatch batch, CancellationToken cancel)
    {
        await using var read = await batch.ExecuteReaderAsync(cancel);
        var entries = new List<ReminderEntry>();
        while (await read.ReadAsync(cancel))
        {
            entries.Add(new(
                new(read.GetString(0), read.GetString(1)), read.GetInt32(2), read.GetString(3), read.Time(4), read.Time(5),
                TimeSpan.FromTicks(read.GetInt64(6)), read.GetInt64(7)));
        }

        return entries;
    }
}
