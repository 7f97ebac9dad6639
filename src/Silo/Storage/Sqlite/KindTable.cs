namespace Troupe.Silo.Storage.Sqlite;

/// <summary>The table of a kind: its columns, its indexes and the statements on it, all made of declared names.</summary>
internal sealed class KindTable
{
    /// <summary>Column of the first facet in <see cref="Find"/>.</summary>
    public const int FirstFacet = 3;

    public KindTable(KindSchema schema)
    {
        Schema = schema;
        Name = $"\"{schema.Kind.Name}\"";
        Changed = schema.ByChange ? $"\"{schema.Kind.Name}__updated_at\"" : null;
        Index = $"\"{schema.Kind.Name}_search\"";
        var facets = schema.Facets.Select(f => $"\"{f.Name}\"").ToList();
        var columns = string.Concat(facets.Select(f => $", {f}"));
        var marks = string.Concat(facets.Select(_ => ", ?"));
        var sets = string.Concat(facets.Select(f => $", {f} = ?"));
        Create = $"""
            CREATE TABLE IF NOT EXISTS {Name} (
              rowid INTEGER PRIMARY KEY, workspace TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL, search TEXT,
              created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER, UNIQUE (workspace, id));
            """;
        Live = $"SELECT 1 FROM {Name} WHERE workspace = ? AND id = ? AND deleted_at IS NULL";
        Load = $"SELECT version, body, created_at, updated_at, deleted_at IS NOT NULL FROM {Name} WHERE workspace = ? AND id = ?";
        Find = $"SELECT rowid, version, deleted_at IS NOT NULL{columns}, search FROM {Name} WHERE workspace = ? AND id = ?";
        Insert = $"""
            INSERT INTO {Name} (workspace, id, version, body, created_at, updated_at, deleted_at, search{columns})
            VALUES (?, ?, ?, ?, ?, ?, ?, ?{marks})
            """;
        Touch = $"UPDATE {Name} SET version = ?, body = ?, updated_at = ? WHERE rowid = ?";
        Update = $"UPDATE {Name} SET version = ?, body = ?, updated_at = ?, deleted_at = ?, search = ?{sets} WHERE rowid = ?";
        Holders = [.. schema.Facets.Select(Holder)];
        AddSearch = $"INSERT INTO {Index} (rowid, search) VALUES (?, ?)";
        RemoveSearch = $"DELETE FROM {Index} WHERE rowid = ?";
        Bodies = $"SELECT rowid, body FROM {Name} WHERE rowid > ? ORDER BY rowid LIMIT {Limits.SweepRows}";
        Refill = $"UPDATE {Name} SET search = ?{sets} WHERE rowid = ?";
        IndexAgain = $"INSERT INTO {Index} (rowid, search) SELECT rowid, search FROM {Name} WHERE rowid = ? AND deleted_at IS NULL";
    }

    public KindSchema Schema { get; }

    /// <summary>The quoted table name.</summary>
    public string Name { get; }

    /// <summary>The quoted name of the index of when records changed; null when the kind has none.</summary>
    public string? Changed { get; }

    /// <summary>The quoted name of the trigram index.</summary>
    public string Index { get; }

    public string Create { get; }

    /// <summary>Has a row when a record is there and not deleted.</summary>
    public string Live { get; }

    public string Load { get; }

    /// <summary>What a decision is checked and compared with: row id, version, whether deleted, the facets, the search text.</summary>
    public string Find { get; }

    public string Insert { get; }

    /// <summary>Writes a record whose facets and search text stay: no index is touched.</summary>
    public string Touch { get; }

    public string Update { get; }

    /// <summary>By facet: who holds a value of a unique one; null for the others.</summary>
    public IReadOnlyList<string?> Holders { get; }

    public string AddSearch { get; }

    public string RemoveSearch { get; }

    /// <summary>A few bodies after a row, to derive the facets from.</summary>
    public string Bodies { get; }

    public string Refill { get; }

    /// <summary>Puts a live record's text into an empty trigram index.</summary>
    public string IndexAgain { get; }

    /// <summary>The trigram index. It keeps no text of its own: the text stands in the table, folded already.</summary>
    public string CreateIndex =>
        $"CREATE VIRTUAL TABLE IF NOT EXISTS {Index} USING fts5(search, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')";

    /// <summary>Name and text of the indexes the declarations ask for: live records only, in id order within a value.</summary>
    public IEnumerable<(string Name, string Sql)> Indexes() => Schema.Facets.Select(f =>
    {
        var name = $"{Schema.Kind.Name}__{f.Name}";
        return f.Unique
            ? (name, $"CREATE UNIQUE INDEX \"{name}\" ON {Name} (workspace, \"{f.Name}\") WHERE deleted_at IS NULL")
            : (name, $"CREATE INDEX \"{name}\" ON {Name} (workspace, \"{f.Name}\", id) WHERE deleted_at IS NULL");
    }).Concat(Changed is null ? [] : [(Changed.Trim('"'), $"CREATE INDEX {Changed} ON {Name} (workspace, updated_at) WHERE deleted_at IS NULL")]);

    private string? Holder(Facet facet) =>
        facet.Unique ? $"SELECT rowid FROM {Name} WHERE workspace = ? AND \"{facet.Name}\" = ? AND deleted_at IS NULL" : null;
}
