using System.Security.Cryptography;
using System.Text;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>The table of a kind: its columns, its indexes and the statements on it, all made of declared names.</summary>
internal sealed class KindTable
{
    /// <summary>Longest name the database keeps whole, in characters.</summary>
    private const int NameLength = 63;

    public KindTable(KindSchema schema)
    {
        Schema = schema;
        Name = $"troupe.\"{schema.Kind.Name}\"";
        Unique = [.. schema.Facets.Index().Where(f => f.Item.Unique).Select(f => f.Index)];
        var names = schema.Facets.Select(f => $", \"{f.Name}\"").ToList();
        var arrays = string.Concat(schema.Facets.Select((f, i) => $", ${i + 8}::{Columns.Type(f.Type)}[]"));
        var fields = string.Concat(names.Select((_, i) => $", f{i}"));
        var incoming = $"""
            unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bigint[], $6::boolean[], $7::text[]{arrays})
              AS u (workspace, id, expected, body, time, deleted, search{fields})
            """;
        var generation = $"${schema.Facets.Count + 8}";
        Insert = $"""
            WITH written AS (
              INSERT INTO {Name} (workspace, id, version, body, created_at, updated_at, deleted_at, search, declared{string.Concat(names)})
              SELECT workspace, id, 1, body, time, time, CASE WHEN deleted THEN time END, search, {generation}{fields} FROM {incoming}
              ON CONFLICT (workspace, id) DO NOTHING RETURNING 1)
            SELECT troupe.expect(count(*), cardinality($1)) FROM written
            """;
        var sets = string.Concat(names.Select((name, i) => $"{name} = u.f{i}"));
        Update = $"""
            WITH written AS (
              UPDATE {Name} AS t SET version = u.expected + 1, body = u.body, updated_at = u.time, deleted_at = CASE WHEN u.deleted THEN u.time END,
                search = u.search, declared = {generation}{sets}
              FROM {incoming} WHERE t.workspace = u.workspace AND t.id = u.id AND t.version = u.expected RETURNING 1)
            SELECT troupe.expect(count(*), cardinality($1)) FROM written
            """;
        var same = string.Concat(Unique.Select(i => $" AND t.\"{schema.Facets[i].Name}\" IS NOT DISTINCT FROM u.f{i}"));
        Touch = Unique.Count == 0 ? Update
            : Update.Replace(" RETURNING", $" AND t.deleted_at IS NULL AND NOT u.deleted{same} RETURNING", StringComparison.Ordinal);
        Live = Living(Name);
        Look = Looking(schema, Unique, Name);
        Refill = $"""
            UPDATE {Name} AS t SET search = u.search, declared = {generation}{sets}
            FROM {incoming} WHERE t.workspace = u.workspace AND t.id = u.id AND t.version = u.expected
            """;
    }

    public KindSchema Schema { get; }

    /// <summary>The quoted table name, with its schema.</summary>
    public string Name { get; }

    /// <summary>Which facets are unique, by index.</summary>
    public IReadOnlyList<int> Unique { get; }

    /// <summary>Written into <c>declared</c> of each record: the declaration its columns were filled under; see <see cref="Declared"/>.</summary>
    public int Generation { get; set; }

    /// <summary>Whether free text is found through a trigram index.</summary>
    public bool Trigrams { get; set; }

    public string Load =>
        $"SELECT version, body, created_at, updated_at, deleted_at IS NOT NULL FROM {Name} WHERE workspace = $1 AND id = $2";

    /// <summary>Writes new records; fails unless all are new.</summary>
    public string Insert { get; }

    /// <summary>Writes records at their expected versions; fails unless all have them.</summary>
    public string Update { get; }

    /// <summary>The same for records of which only that is known: fails also when one has other unique values than before, or was or becomes deleted. What
    /// one record lets go another might take in the same transaction, and in which order is then not for the database to say.</summary>
    public string Touch { get; }

    /// <summary>Fails unless all these records are there and not deleted; they stay so until the transaction ends.</summary>
    public string Live { get; }

    /// <summary>How records stand: place in the question, version, whether live, what they hold of unique facets.</summary>
    public string Look { get; }

    /// <summary>A few records whose columns were filled under another declaration.</summary>
    public string Stale =>
        $"SELECT workspace, id, version, body FROM {Name} WHERE declared <> $1 AND (workspace, id) > ($2, $3) ORDER BY workspace, id LIMIT $4";

    /// <summary>Fills the columns of records that have not changed meanwhile.</summary>
    public string Refill { get; }

    /// <summary>Creates the table.</summary>
    public string Create => $"""
        CREATE TABLE {Name} (
          workspace text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version bigint NOT NULL, body bytea NOT NULL, search text COLLATE "C",
          created_at bigint NOT NULL, updated_at bigint NOT NULL, deleted_at bigint, declared integer NOT NULL DEFAULT 0,
          PRIMARY KEY (workspace, id)) WITH (fillfactor = 85)
        """;

    /// <summary>See <see cref="Live"/>.</summary>
    private static string Living(string name) => $"""
        WITH live AS (
          SELECT 1 FROM unnest($1::text[], $2::text[]) AS u (workspace, id) JOIN {name} AS t USING (workspace, id)
          WHERE t.deleted_at IS NULL FOR SHARE OF t)
        SELECT troupe.expect(count(*), cardinality($1)) FROM live
        """;

    /// <summary>See <see cref="Look"/>.</summary>
    private static string Looking(KindSchema schema, IReadOnlyList<int> unique, string name)
    {
        var held = string.Concat(unique.Select(i => $", t.\"{schema.Facets[i].Name}\""));
        return $"""
            SELECT u.at, t.version, t.deleted_at IS NULL{held}
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (workspace, id, at) JOIN {name} AS t USING (workspace, id)
            """;
    }

    /// <summary>Who holds values of a unique facet: place in the question, id.</summary>
    public string Holders(int facet) => $"""
        SELECT u.at, t.id FROM unnest($1::text[], $2::{Columns.Type(Schema.Facets[facet].Type)}[]) WITH ORDINALITY AS u (workspace, value, at)
        JOIN {Name} AS t ON t.workspace = u.workspace AND t."{Schema.Facets[facet].Name}" = u.value AND t.deleted_at IS NULL
        """;

    /// <summary>The column of a facet, for CREATE and ALTER TABLE.</summary>
    public static string Column(Facet facet) => $"\"{facet.Name}\" {Columns.Type(facet.Type)}{(facet.Type == FacetType.Text ? " COLLATE \"C\"" : "")}";

    /// <summary>An index's name, short enough to be kept whole.</summary>
    public static string IndexName(string table, string column)
    {
        var name = $"{table}__{column}";
        return name.Length <= NameLength ? name : $"{name[..(NameLength - 9)]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8]}";
    }

    /// <summary>Name and text of the indexes the declarations ask for: live records only, in id order within a value.</summary>
    public IEnumerable<Index> Indexes(string? trigrams)
    {
        foreach (var facet in Schema.Facets)
        {
            var name = IndexName(Schema.Kind.Name, facet.Name);
            yield return new(name, facet.Unique, facet.Name, facet.Unique
                ? $"ON {Name} (workspace, \"{facet.Name}\") WHERE deleted_at IS NULL"
                : $"ON {Name} (workspace, \"{facet.Name}\", id) WHERE deleted_at IS NULL");
        }

        if (Schema.ByChange)
        {
            var changed = IndexName(Schema.Kind.Name, "updated_at");
            yield return new(changed, Unique: false, null, $"ON {Name} (workspace, updated_at) WHERE deleted_at IS NULL");
        }

        if (Schema.Searchable && trigrams is not null)
        {
            yield return new(
                IndexName(Schema.Kind.Name, "search"), Unique: false, null, $"ON {Name} USING gin (search {trigrams}.gin_trgm_ops) WHERE deleted_at IS NULL");
        }
    }
}

/// <summary>An index as it is declared.</summary>
/// <param name="Name">Its name, without the schema.</param>
/// <param name="Unique">Whether it is unique.</param>
/// <param name="Facet">The facet it is for; null for free text and for the time of change.</param>
/// <param name="On">What follows its name in CREATE INDEX.</param>
internal sealed record Index(string Name, bool Unique, string? Facet, string On);
