using System.Text.RegularExpressions;

namespace Troupe.Silo.Storage;

/// <summary>The declared kinds and logs, and the checks of what callers hand in against them. What fails here is a bug of the caller and throws
/// <see cref="ArgumentException"/> before anything is queued or written.</summary>
public sealed partial class Schemas
{
    private static readonly HashSet<string> Reserved = new(
        ["id", "workspace", "version", "body", "search", "created_at", "updated_at", "deleted_at", "owner", "seq", "tag", "of_kind", "rowid", "oid", "_rowid_"],
        StringComparer.Ordinal);

    private readonly Dictionary<string, KindSchema> _kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LogSchema> _logs = new(StringComparer.Ordinal);

    /// <summary>Checks the declarations: names in snake_case, unique, none that the store uses itself.</summary>
    public Schemas(IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs)
    {
        (Kinds, Logs) = (kinds, logs);
        foreach (var kind in kinds)
        {
            CheckNames(kind.Kind.Name, kind.Facets);
            Add(_kinds, kind.Kind.Name, kind);
        }

        foreach (var log in logs)
        {
            CheckNames(log.Name, log.Facets);
            Add(_logs, log.Name, log);
            Require(!_kinds.ContainsKey(log.Name), $"'{log.Name}' is declared both as a kind and as a log.");
            Require(!log.Facets.Any(f => f.Unique), $"The log '{log.Name}' declares a unique facet; only records have them.");
        }
    }

    /// <summary>The kinds, in order of declaration.</summary>
    public IReadOnlyList<KindSchema> Kinds { get; }

    /// <summary>The logs, in order of declaration.</summary>
    public IReadOnlyList<LogSchema> Logs { get; }

    /// <summary>The schema of a kind.</summary>
    public KindSchema Of(Kind kind) =>
        _kinds.TryGetValue(kind.Name, out var schema) ? schema : throw new ArgumentException($"No kind '{kind.Name}' is declared to the store.");

    /// <summary>The schema of a log.</summary>
    public LogSchema Log(string name) =>
        _logs.TryGetValue(name, out var schema) ? schema : throw new ArgumentException($"No log '{name}' is declared to the store.");

    /// <summary>Checks that every part of a change fits its schema.</summary>
    public void Check(Change change)
    {
        foreach (var reference in change.References)
        {
            Of(reference.Kind);
        }

        foreach (var record in change.Records)
        {
            CheckValues(record.Kind.Name, Of(record.Kind).Facets, record.Facets);
            Require(record.ExpectedVersion >= 0, $"Expected version {record.ExpectedVersion} of {record.Id} is negative.");
        }

        foreach (var entry in change.Entries)
        {
            CheckValues(entry.Log, Log(entry.Log).Facets, entry.Facets);
        }

        foreach (var append in change.Rows.OfType<RowWrite.Append>())
        {
            CheckLines(append.Log, append.FirstSeq, append.Count, append.Body.Span);
        }
    }

    /// <summary>Checks that a segment holds as many rows as it says, each a line with its line feed.</summary>
    public static void CheckLines(string log, long first, int count, ReadOnlySpan<byte> body) => Require(
        first >= 1 && count >= 1 && body.EndsWith("\n"u8) && body.Count((byte)'\n') == count,
        $"A segment of {log} says it holds {count} rows from {first} on; its body has {body.Count((byte)'\n')} lines.");

    /// <summary>Checks a query: declared facets, values of their types, a limit within <see cref="Limits.PageMax"/>.</summary>
    /// <param name="query">The query.</param>
    /// <param name="facets">Facets of the kind or log.</param>
    /// <param name="key">Type of <c>id</c>: text for records, a number for log entries.</param>
    public static void Check(Query query, IReadOnlyList<Facet> facets, FacetType key)
    {
        Require(query.Limit is >= 1 and <= Limits.PageMax, $"A page of {query.Limit} items was asked for; 1 to {Limits.PageMax} are given.");
        Require(query.By is null || query.After is null, "A list ordered by a facet has no further pages.");
        Require(query.By is null || Find(query.By) is not null, $"'{query.By}' is not a declared facet.");
        foreach (var filter in query.Filters)
        {
            var facet = Find(filter.Facet) ?? throw new ArgumentException($"'{filter.Facet}' is not a declared facet.");
            Require(
                Fits(facet.Type, filter.Value, comparing: true),
                $"'{filter.Value}' ({filter.Value?.GetType().Name}) can't be compared with the facet '{facet.Name}' ({facet.Type}).");
        }

        Facet? Find(string name) => name switch
        {
            "id" => new Facet("id", key),
            "created_at" or "updated_at" => new Facet(name, FacetType.Integer),
            _ => facets.FirstOrDefault(f => f.Name == name),
        };
    }

    private static void CheckValues(string name, IReadOnlyList<Facet> facets, object?[] values)
    {
        Require(values.Length == facets.Count, $"'{name}' declares {facets.Count} facets, {values.Length} values came.");
        for (var i = 0; i < values.Length; i++)
        {
            if (!Fits(facets[i].Type, values[i], comparing: false))
            {
                throw new ArgumentException($"The value of '{name}.{facets[i].Name}' is a {values[i]!.GetType().Name}, declared as {facets[i].Type}.");
            }
        }
    }

    private static bool Fits(FacetType type, object? value, bool comparing) => value switch
    {
        null => true,
        string => type == FacetType.Text,
        long => type == FacetType.Integer || (comparing && type == FacetType.Real),
        double => type == FacetType.Real || (comparing && type == FacetType.Integer),
        _ => false,
    };

    private static void CheckNames(string name, IReadOnlyList<Facet> facets)
    {
        var free = !name.StartsWith("sqlite", StringComparison.Ordinal) && !name.StartsWith("pg_", StringComparison.Ordinal);
        Require(free && Name().IsMatch(name), $"'{name}' is not a table name.");
        foreach (var facet in facets)
        {
            Require(Name().IsMatch(facet.Name) && !Reserved.Contains(facet.Name), $"'{name}.{facet.Name}' is not a facet name, or one the store uses itself.");
            Require(facets.Count(f => f.Name == facet.Name) == 1, $"'{name}.{facet.Name}' is declared twice.");
        }
    }

    private static void Add<T>(Dictionary<string, T> to, string name, T schema) => Require(to.TryAdd(name, schema), $"'{name}' is declared twice.");

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,54}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
