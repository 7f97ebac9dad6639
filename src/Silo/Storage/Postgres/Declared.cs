using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Makes tables and indexes follow the declarations, and only ever adds, so that the version before can still run beside this one: a facet declared
/// later gets a column and an index, and the column is filled from the bodies through <see cref="KindSchema.Derive"/>; a facet no longer declared keeps
/// both. Each record carries the generation of the declaration its columns were filled under, so that those an older version writes meanwhile are found,
/// through an index that holds nothing else, and filled again (<see cref="Heal"/>).</summary>
internal sealed class Declared
{
    /// <summary>Generation of a version that declares less than what is recorded: it leaves the record alone; what it writes is filled again later.</summary>
    private const int Lesser = 0;

    private readonly Tables<KindTable, LogTable> _tables;
    private readonly string? _trigrams;
    private readonly Dictionary<string, Dictionary<string, string>> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (bool Unique, bool Valid)> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Declared, int Generation)> _recorded = new(StringComparer.Ordinal);

    private Declared(Tables<KindTable, LogTable> tables, string? trigrams) => (_tables, _trigrams) = (tables, trigrams);

    /// <summary>Whether every table is as declared.</summary>
    public bool IsCurrent => _tables.Kinds.All(kind => !IsBehind(kind.Schema.Kind.Name, kind.Schema.Facets, kind.Indexes(_trigrams)))
        && _tables.Logs.All(log => !IsBehind(log.Schema.Name, log.Schema.Facets, log.Indexes()));

    /// <summary>Looks at the tables there are, and tells the declared ones their generation.</summary>
    public static async Task<Declared> Read(NpgsqlConnection connection, Tables<KindTable, LogTable> tables, string? trigrams, CancellationToken cancel)
    {
        var declared = new Declared(tables, trigrams);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("""
            SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'troupe'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
            """);
        batch.Add("""
            SELECT c.relname::text, i.indisunique, i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
            WHERE c.relnamespace = 'troupe'::regnamespace
            """);
        batch.Add("SELECT name, declared, generation FROM troupe.declarations");
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var table = reader.GetString(0);
            (declared._columns.TryGetValue(table, out var columns) ? columns : declared._columns[table] = []).Add(reader.GetString(1), reader.GetString(2));
        }

        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            declared._indexes[reader.GetString(0)] = (reader.GetBoolean(1), reader.GetBoolean(2));
        }

        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            declared._recorded[reader.GetString(0)] = (reader.GetString(1), reader.GetInt32(2));
        }

        declared.Tell();
        return declared;
    }

    /// <summary>Makes the tables follow; tells which changed.</summary>
    public async Task<List<string>> Follow(NpgsqlConnection connection, string where, CancellationToken cancel)
    {
        var changed = new List<string>();
        var run = new Statements(connection, where, cancel);
        foreach (var kind in _tables.Kinds.Where(kind => IsBehind(kind.Schema.Kind.Name, kind.Schema.Facets, kind.Indexes(_trigrams))))
        {
            await Follow(run, kind);
            changed.Add($"table {kind.Schema.Kind.Name}");
        }

        foreach (var log in _tables.Logs.Where(log => IsBehind(log.Schema.Name, log.Schema.Facets, log.Indexes())))
        {
            var isNew = await Columns(run, log.Schema.Name, log.Create, log.Schema.Facets);
            await Indexes(run, log.Indexes(), isNew);
            await Record(run, log.Schema.Name, log.Schema.Facets, Lesser);
            changed.Add($"table {log.Schema.Name}");
        }

        return changed;
    }

    /// <summary>Fills the columns of a few records that another version wrote.</summary>
    /// <returns>Whether there may be more.</returns>
    public static async Task<bool> Heal(NpgsqlConnection connection, KindTable kind, CancellationToken cancel)
    {
        if (kind.Generation == Lesser || kind.Schema.Derive is null)
        {
            return false;
        }

        return (await Refill(connection, kind, kind.Generation, ("", ""), cancel)).Count == Limits.SweepRows;
    }

    private static string Describe(IReadOnlyList<Facet> facets) => string.Join(',', facets.Select(Describe));

    private static string Describe(Facet facet) => $"{facet.Name}:{facet.Type}{(facet.Unique ? ":unique" : "")}{(facet.Sparse ? ":sparse" : "")}";

    private void Tell()
    {
        foreach (var kind in _tables.Kinds)
        {
            kind.Trigrams = _trigrams is not null;
            var known = _recorded.GetValueOrDefault(kind.Schema.Kind.Name, ("", Lesser));
            kind.Generation = known.Item1 == Describe(kind.Schema.Facets) ? known.Item2 : Lesser;
        }
    }

    private bool IsBehind(string table, IReadOnlyList<Facet> facets, IEnumerable<Index> indexes)
    {
        if (!_recorded.TryGetValue(table, out var recorded))
        {
            return true;
        }

        var known = recorded.Declared.Split(',');
        return !facets.All(facet => known.Contains(Describe(facet)))
            || indexes.Any(index => !_indexes.TryGetValue(index.Name, out var there) || there != (index.Unique, true));
    }

    private async Task Follow(Statements run, KindTable kind)
    {
        var (name, schema) = (kind.Schema.Kind.Name, kind.Schema);
        var isNew = await Columns(run, name, kind.Create, schema.Facets);
        var known = _recorded.GetValueOrDefault(name, ("", Lesser)).Item1.Split(',');
        var grows = isNew || !schema.Facets.All(facet => known.Contains(Describe(facet)));
        if (grows)
        {
            // What comes back after a while is filled before it is unique again.
            foreach (var index in kind.Indexes(null).Where(i => _indexes.ContainsKey(i.Name) && !known.Any(k => k.Split(':')[0] == i.Facet)))
            {
                await run.Run($"DROP INDEX troupe.\"{index.Name}\"");
                _indexes.Remove(index.Name);
            }

            kind.Generation = Convert.ToInt32(await run.Ask("SELECT nextval('troupe.generations')"), System.Globalization.CultureInfo.InvariantCulture);
            await Refill(run, kind, isNew);
        }

        await Indexes(run, kind.Indexes(_trigrams), isNew);
        if (grows)
        {
            var stale = KindTable.IndexName(name, "declared");
            await run.Run($"DROP INDEX IF EXISTS troupe.\"{stale}\"");
            await run.Run($"CREATE INDEX \"{stale}\" ON {kind.Name} (workspace, id) WHERE declared <> {kind.Generation}");
            await Record(run, name, schema.Facets, kind.Generation);
        }
    }

    private static async Task Refill(Statements run, KindTable kind, bool isNew)
    {
        var after = ("", "");
        while (!isNew && kind.Schema.Derive is not null)
        {
            var (count, last) = await Refill(run.Connection, kind, kind.Generation, after, run.Cancel);
            if (count == 0)
            {
                return;
            }

            after = last;
        }
    }

    private static async Task<(int Count, (string Workspace, string Id) Last)> Refill(
        NpgsqlConnection connection, KindTable kind, int generation, (string Workspace, string Id) after, CancellationToken cancel)
    {
        var rows = new List<(string Workspace, string Id, long Version, object?[] Facets, string? Search)>();
        await using (var read = new NpgsqlBatch(connection) { Timeout = Opener.StepSeconds })
        {
            read.Add(kind.Stale).With(generation).With(after.Workspace).With(after.Id).With((long)Limits.SweepRows);
            await using var stale = await read.ExecuteReaderAsync(cancel);
            while (await stale.ReadAsync(cancel))
            {
                var (facets, search) = kind.Schema.Derive!(stale.Bytes(3));
                rows.Add((stale.GetString(0), stale.GetString(1), stale.GetInt64(2), facets, SearchText.Fold(search)));
            }
        }

        if (rows.Count == 0)
        {
            return (0, after);
        }

        await using var write = new NpgsqlBatch(connection) { Timeout = Opener.StepSeconds };
        var refill = write.Add(kind.Refill).With([.. rows.Select(r => r.Workspace)]).With([.. rows.Select(r => r.Id)]).With([.. rows.Select(r => r.Version)])
            .With(new ReadOnlyMemory<byte>[rows.Count]).With(new long[rows.Count]).With(new bool[rows.Count]).With([.. rows.Select(r => r.Search)]);
        foreach (var (i, facet) in kind.Schema.Facets.Index())
        {
            refill.With(facet.Type, [.. rows.Select(r => r.Facets[i])]);
        }

        refill.With(generation);
        await write.ExecuteNonQueryAsync(cancel);
        return (rows.Count, (rows[^1].Workspace, rows[^1].Id));
    }

    /// <summary>Makes the table, or the columns it lacks; true when the table is new.</summary>
    private async Task<bool> Columns(Statements run, string table, string create, IReadOnlyList<Facet> facets)
    {
        var isNew = !_columns.TryGetValue(table, out var present);
        if (isNew)
        {
            await run.Run(create);
        }

        foreach (var facet in facets)
        {
            var type = Postgres.Columns.Type(facet.Type);
            if (present?.TryGetValue(facet.Name, out var was) != true)
            {
                await run.Run($"ALTER TABLE troupe.\"{table}\" ADD COLUMN {KindTable.Column(facet)}");
            }
            else if (present[facet.Name] != type)
            {
                throw new StoreException(
                    $"The facet '{table}.{facet.Name}' is stored as {present[facet.Name]} and now declared as {type}. Give the new facet another name.");
            }
        }

        return isNew;
    }

    /// <summary>Makes the indexes that are missing; on a table in use without holding up its writers.</summary>
    private async Task Indexes(Statements run, IEnumerable<Index> indexes, bool isNew)
    {
        foreach (var index in indexes)
        {
            if (_indexes.TryGetValue(index.Name, out var there))
            {
                if (there == (index.Unique, true))
                {
                    continue;
                }

                await run.Run($"DROP INDEX troupe.\"{index.Name}\"");
            }

            try
            {
                await run.Run($"CREATE {(index.Unique ? "UNIQUE " : "")}INDEX {(isNew ? "" : "CONCURRENTLY ")}\"{index.Name}\" {index.On}");
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                await run.Run($"DROP INDEX IF EXISTS troupe.\"{index.Name}\"");
                var facet = index.Name.Replace("__", ".", StringComparison.Ordinal);
                throw new StoreException($"The unique facet '{facet}' was declared, but live records share a value of it.", taken);
            }
        }
    }

    private static async Task Record(Statements run, string table, IReadOnlyList<Facet> facets, int generation)
    {
        await using var batch = new NpgsqlBatch(run.Connection);
        batch.Add("""
            INSERT INTO troupe.declarations (name, declared, generation) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET declared = excluded.declared, generation = excluded.generation
            """).With(table).With(Describe(facets)).With(generation);
        await batch.ExecuteNonQueryAsync(run.Cancel);
    }

    /// <summary>Statements that change tables, each for itself.</summary>
    private sealed record Statements(NpgsqlConnection Connection, string Where, CancellationToken Cancel)
    {
        public async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, Connection) { CommandTimeout = Opener.StepSeconds };
            await command.ExecuteNonQueryAsync(Cancel);
        }

        public async Task<object?> Ask(string sql)
        {
            await using var command = new NpgsqlCommand(sql, Connection);
            return await command.ExecuteScalarAsync(Cancel);
        }
    }
}
