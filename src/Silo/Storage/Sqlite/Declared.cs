using Microsoft.Data.Sqlite;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Makes tables and indexes follow the declarations. What a table was last declared as is recorded, so that nothing is looked at while nothing
/// changed. A facet that is declared later gets a column, and the column is filled from the bodies through <see cref="KindSchema.Derive"/>; facets of logs
/// stay null for old entries. A facet no longer declared loses its index and keeps its column, so that an older version of the program can still run.</summary>
internal static class Declared
{
    /// <summary>Applies what changed, a transaction for each table; tells which tables changed.</summary>
    public static IEnumerable<string> Apply(Connection connection, IEnumerable<KindTable> kinds, IEnumerable<LogTable> logs)
    {
        foreach (var kind in kinds)
        {
            var declared = $"kind {Describe(kind.Schema.Facets)} search={kind.Schema.Searchable}{(kind.Schema.ByChange ? " changed" : "")}";
            if (Changed(connection, kind.Schema.Kind.Name, declared))
            {
                Within(connection, kind.Schema.Kind.Name, declared, () => Follow(connection, kind));
                yield return $"table {kind.Schema.Kind.Name}";
            }
        }

        foreach (var log in logs)
        {
            var declared = $"log {Describe(log.Schema.Facets)}";
            if (Changed(connection, log.Schema.Name, declared))
            {
                Within(connection, log.Schema.Name, declared, () => Follow(connection, log));
                yield return $"table {log.Schema.Name}";
            }
        }
    }

    private static void Follow(Connection connection, KindTable kind)
    {
        connection.Execute(kind.Create);
        AddColumns(connection, kind.Schema.Kind.Name, kind.Schema.Facets);
        connection.Execute($"DROP TABLE IF EXISTS {kind.Index}");
        if (kind.Schema.Searchable)
        {
            connection.Execute(kind.CreateIndex);
        }

        DropIndexes(connection, kind.Schema.Kind.Name, []);
        Refill(connection, kind);
        AddIndexes(connection, kind.Indexes());
    }

    private static void Follow(Connection connection, LogTable log)
    {
        connection.Execute(log.Create);
        AddColumns(connection, log.Schema.Name, log.Schema.Facets);
        var indexes = log.Indexes().ToList();
        DropIndexes(connection, log.Schema.Name, indexes);
        AddIndexes(connection, indexes);
    }

    private static void Refill(Connection connection, KindTable kind)
    {
        for (var after = 0L; ;)
        {
            var bodies = new List<(long Row, byte[] Body)>();
            using (var read = connection.Use(kind.Bodies))
            {
                read.With(after);
                while (read.Step())
                {
                    bodies.Add((read.Number(0), read.Bytes(1)));
                }
            }

            if (bodies.Count == 0 || kind.Schema.Derive is null)
            {
                return;
            }

            foreach (var (row, body) in bodies)
            {
                Refill(connection, kind, row, body);
            }

            after = bodies[^1].Row;
        }
    }

    private static void Refill(Connection connection, KindTable kind, long row, byte[] body)
    {
        var (facets, search) = kind.Schema.Derive!(body);
        search = SearchText.Fold(search);
        using (var refill = connection.Use(kind.Refill))
        {
            refill.With(search).WithFacets(facets).With(row).Run();
        }

        if (kind.Schema.Searchable && search is not null)
        {
            using var index = connection.Use(kind.IndexAgain);
            index.With(row).Run();
        }
    }

    private static void AddColumns(Connection connection, string table, IReadOnlyList<Facet> facets)
    {
        var present = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var read = connection.Use("SELECT name, type FROM pragma_table_info(?)"))
        {
            read.With(table);
            while (read.Step())
            {
                present.Add(read.Text(0), read.Text(1));
            }
        }

        foreach (var facet in facets)
        {
            var type = facet.Type.ToString().ToUpperInvariant();
            if (!present.TryGetValue(facet.Name, out var was))
            {
                connection.Execute($"ALTER TABLE \"{table}\" ADD COLUMN \"{facet.Name}\" {type}");
            }
            else if (was != type)
            {
                throw new StoreException($"The facet '{table}.{facet.Name}' is stored as {was} and now declared as {type}. Give the new facet another name.");
            }
        }
    }

    private static void DropIndexes(Connection connection, string table, IReadOnlyList<(string Name, string Sql)> keep)
    {
        var drop = new List<string>();
        using (var read = connection.Use("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"))
        {
            read.With(table);
            while (read.Step())
            {
                if (!keep.Contains((read.Text(0), read.Text(1))))
                {
                    drop.Add(read.Text(0));
                }
            }
        }

        drop.ForEach(name => connection.Execute($"DROP INDEX \"{name}\""));
    }

    private static void AddIndexes(Connection connection, IEnumerable<(string Name, string Sql)> indexes)
    {
        foreach (var (name, sql) in indexes)
        {
            try
            {
                connection.Execute(sql.Replace("INDEX", "INDEX IF NOT EXISTS", StringComparison.Ordinal));
            }
            catch (SqliteException taken) when (taken.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
            {
                var facet = name.Replace("__", ".", StringComparison.Ordinal);
                throw new StoreException($"The unique facet '{facet}' was declared, but live records share a value of it.", taken);
            }
        }
    }

    private static bool Changed(Connection connection, string name, string declared)
    {
        using var read = connection.Use("SELECT declared FROM declarations WHERE name = ?");
        return !read.With(name).Step() || read.Text(0) != declared;
    }

    private static void Within(Connection connection, string name, string declared, Action follow)
    {
        connection.Execute("BEGIN IMMEDIATE");
        follow();
        using (var record = connection.Use("INSERT OR REPLACE INTO declarations (name, declared) VALUES (?, ?)"))
        {
            record.With(name).With(declared).Run();
        }

        connection.Execute("COMMIT");
    }

    private static string Describe(IReadOnlyList<Facet> facets) =>
        string.Join(',', facets.Select(f => $"{f.Name}:{f.Type}{(f.Unique ? ":unique" : "")}{(f.Sparse ? ":sparse" : "")}"));
}
