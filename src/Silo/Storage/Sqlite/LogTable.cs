namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The table of a log. Workspace and owner are one small number (<c>log_owners</c>), so that an entry's key is two numbers.</summary>
internal sealed class LogTable
{
    public LogTable(LogSchema schema)
    {
        Schema = schema;
        Name = $"\"{schema.Name}\"";
        var facets = schema.Facets.Select(f => $"\"{f.Name}\"").ToList();
        var columns = string.Concat(facets.Select(f => $", {f}"));
        Create = $"""
            CREATE TABLE IF NOT EXISTS {Name} (
              owner INTEGER NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
              PRIMARY KEY (owner, seq)) WITHOUT ROWID;
            """;
        var marks = string.Concat(facets.Select((_, i) => $", ?{i + 5}"));
        var sets = string.Concat(facets.Select(f => $", {f} = excluded.{f}"));
        Upsert = $"""
            INSERT INTO {Name} (owner, seq, body, created_at, updated_at{columns}) VALUES (?1, ?2, ?3, ?4, ?4{marks})
            ON CONFLICT (owner, seq) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at{sets}
            """;
        Columns = $"seq, body, created_at, updated_at{columns}";
        One = $"SELECT {Columns} FROM {Name} WHERE owner = {Owner} AND seq = ?";
    }

    /// <summary>The number of an owner, from log, workspace and owner id.</summary>
    public const string Owner = "(SELECT id FROM log_owners WHERE log = ? AND workspace = ? AND owner = ?)";

    public LogSchema Schema { get; }

    /// <summary>The quoted table name.</summary>
    public string Name { get; }

    public string Create { get; }

    public string Upsert { get; }

    /// <summary>What an entry is read from; the facets begin at <see cref="FirstFacet"/>.</summary>
    public string Columns { get; }

    public string One { get; }

    /// <summary>Column of the first facet in <see cref="Columns"/>.</summary>
    public const int FirstFacet = 4;

    /// <summary>Name and text of the indexes: only of sparse facets, only of entries that have a value.</summary>
    public IEnumerable<(string Name, string Sql)> Indexes() =>
        from facet in Schema.Facets
        where facet.Sparse
        let name = $"{Schema.Name}__{facet.Name}"
        select (name, $"CREATE INDEX \"{name}\" ON {Name} (owner, \"{facet.Name}\") WHERE \"{facet.Name}\" IS NOT NULL");
}
