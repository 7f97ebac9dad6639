namespace Troupe.Silo.Storage.Postgres;

/// <summary>The table of a log. Workspace and owner are one number (<c>troupe.log_owners</c>), so that an entry's key is two numbers.</summary>
internal sealed class LogTable
{
    /// <summary>The number of an owner, from log, workspace and owner id.</summary>
    public const string Owner = "(SELECT id FROM troupe.log_owners WHERE log = ? AND workspace = ? AND owner = ?)";

    /// <summary>Column of the first facet in <see cref="Shown"/>.</summary>
    public const int FirstFacet = 4;

    public LogTable(LogSchema schema)
    {
        Schema = schema;
        Name = $"troupe.\"{schema.Name}\"";
        var names = schema.Facets.Select(f => $", \"{f.Name}\"").ToList();
        var arrays = string.Concat(schema.Facets.Select((f, i) => $", ${i + 8}::{Columns.Type(f.Type)}[]"));
        var fields = string.Concat(names.Select((_, i) => $", u.f{i}"));
        var places = fields.Replace("u.", "", StringComparison.Ordinal);
        var sets = string.Concat(names.Select(name => $"{name} = excluded.{name[2..]}"));
        Upsert = $"""
            WITH owners AS MATERIALIZED (
              SELECT array_agg(l.id ORDER BY o.at) AS ids
              FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS o (workspace, owner, at)
              JOIN troupe.log_owners AS l ON l.log = $1 AND l.workspace = o.workspace AND l.owner = o.owner)
            INSERT INTO {Name} (owner, seq, body, created_at, updated_at{string.Concat(names)})
            SELECT owners.ids[u.owner], u.seq, u.body, u.time, u.time{fields}
            FROM owners, unnest($4::int[], $5::bigint[], $6::bytea[], $7::bigint[]{arrays}) AS u (owner, seq, body, time{places})
            ON CONFLICT (owner, seq) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at{sets}
            """;
        Shown = $"seq, body, created_at, updated_at{string.Concat(names)}";
        One = $"""
            SELECT {Shown} FROM {Name}
            WHERE owner = (SELECT id FROM troupe.log_owners WHERE log = $1 AND workspace = $2 AND owner = $3) AND seq = $4
            """;
    }

    public LogSchema Schema { get; }

    /// <summary>The quoted table name, with its schema.</summary>
    public string Name { get; }

    /// <summary>Writes entries of known owners.</summary>
    public string Upsert { get; }

    /// <summary>What an entry is read from; the facets begin at <see cref="FirstFacet"/>.</summary>
    public string Shown { get; }

    public string One { get; }

    /// <summary>Creates the table.</summary>
    public string Create => $"""
        CREATE TABLE {Name} (
          owner bigint NOT NULL, seq bigint NOT NULL, body bytea NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL,
          PRIMARY KEY (owner, seq))
        """;

    /// <summary>The indexes: only of sparse facets, only of entries that have a value.</summary>
    public IEnumerable<Index> Indexes() =>
        from facet in Schema.Facets
        where facet.Sparse
        select new Index(
            KindTable.IndexName(Schema.Name, facet.Name), Unique: false, facet.Name, $"ON {Name} (owner, \"{facet.Name}\") WHERE \"{facet.Name}\" IS NOT NULL");
}
