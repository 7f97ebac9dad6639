namespace Troupe.Kernel;

/// <summary>The kind of a stored record: its table name and the prefix of its ids.</summary>
/// <param name="Name">Singular, snake_case; also the first half of its event types (<c>contact.created</c>).</param>
/// <param name="Prefix">Prefix of the ids without the underscore (<c>con</c>); empty for kinds whose ids are bare UUIDs.</param>
public readonly record struct Kind(string Name, string Prefix)
{
    /// <summary>The name as people say it: <c>data table</c>.</summary>
    public string Noun => Name.Replace('_', ' ');
}

/// <summary>How a facet is stored and compared.</summary>
public enum FacetType
{
    /// <summary>A <see cref="string"/>, compared ordinally.</summary>
    Text,

    /// <summary>A <see cref="long"/>; a time is milliseconds since 1970, a boolean 0 or 1.</summary>
    Integer,

    /// <summary>A <see cref="double"/>.</summary>
    Real,
}

/// <summary>A column beside a record's body: what may be listed, filtered and kept unique. Declared by the record, written by the store.</summary>
/// <param name="Name">Column name, snake_case.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Unique">Refuses a second live record of the workspace with the same value; null is never equal.</param>
public record Facet(string Name, FacetType Type = FacetType.Text, bool Unique = false)
{
    /// <summary>For facets of logs: most entries have none (a due time), and lists that ask for a value must not walk the rest. The store indexes the few that
    /// have one; facets of logs are not indexed otherwise, since an index costs every insert. Facets of records are always indexed.</summary>
    public bool Sparse { get; init; }

    /// <summary>Compared without regard to case: the value is kept in lower case, and a list looks for it in lower case.</summary>
    public bool AnyCase { get; init; }

    /// <summary>The values there are, when they are an enumeration's: a list refuses to look for any other. Null when any text may be.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>A facet of an enumeration, stored by its snake_case name.</summary>
    public static Facet<T> Of<T, TEnum>(string name, Func<T, TEnum?> value) where TEnum : struct, Enum =>
        new(name, record => value(record) is { } one ? Words<TEnum>.Of(one) : null) { Choices = Words<TEnum>.All };
}

/// <summary>A facet together with the way to read its value off the record.</summary>
/// <param name="Name">Column name, snake_case.</param>
/// <param name="Value">Gives a string, long, double or null, matching <paramref name="Type"/>.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Unique">See <see cref="Facet.Unique"/>.</param>
public sealed record Facet<T>(string Name, Func<T, object?> Value, FacetType Type = FacetType.Text, bool Unique = false) : Facet(Name, Type, Unique);

/// <summary>What the store must know of a kind: made from the record's own declarations by <see cref="KindSchema.Of{T}"/>.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Facets">Its facet columns in order; the values in <see cref="RecordWrite.Facets"/> come in the same order.</param>
/// <param name="Searchable">Whether records carry free text.</param>
public sealed record KindSchema(Kind Kind, IReadOnlyList<Facet> Facets, bool Searchable)
{
    /// <summary>Reads facet values and search text off a stored body, so that the store can fill the columns of records that were written before a facet was
    /// declared. Null leaves them empty until the record is written again.</summary>
    public Func<ReadOnlyMemory<byte>, (object?[] Facets, string? Search)>? Derive { get; init; }

    /// <summary>Whether lists ask for what changed lately, so that the time of change is worth an index. An engine without it answers the same, only
    /// slower.</summary>
    public bool ByChange { get; init; }

    /// <summary>The schema of a record type.</summary>
    public static KindSchema Of<T>() where T : class, IRecord<T> =>
        new(T.Kind, T.Facets, T.Search.Length > 0)
        {
            ByChange = typeof(T).IsSubclassOf(typeof(Resource)),
            Derive = static body => Read(Json.Read<T>(body.Span)),
        };

    /// <summary>The facet values, in the order of the declaration, and the search text of a record; null when there is none.</summary>
    public static (object?[] Facets, string? Search) Read<T>(T value) where T : class, IRecord<T>
    {
        var search = T.Search.Length == 0 ? null : string.Join('\n', T.Search.Select(read => read(value)).Where(text => !string.IsNullOrEmpty(text)));
        return (Array.ConvertAll(T.Facets, facet => facet.Value(value) is string text && facet.AnyCase ? text.ToLowerInvariant() : facet.Value(value)), search);
    }
}

/// <summary>An append-only log owned by a parent's grain: no grain per entry. Entries are keyed by (owner, sequence number);
/// writing a key again replaces the entry.</summary>
/// <param name="Name">Table name, singular, snake_case (<c>job_record</c>).</param>
/// <param name="Facets">Columns that lists may filter by.</param>
public sealed record LogSchema(string Name, IReadOnlyList<Facet> Facets);

/// <summary>An immutable record with pure decisions: knows its kind, what may be filtered and what is searched.</summary>
public interface IRecord<T> where T : class, IRecord<T>
{
    /// <summary>The kind.</summary>
    static abstract Kind Kind { get; }

    /// <summary>What may be listed and filtered.</summary>
    static abstract Facet<T>[] Facets { get; }

    /// <summary>Free text; empty when the kind is not searched.</summary>
    static abstract Func<T, string?>[] Search { get; }

    /// <summary>Tags the record is found by (<see cref="Query.Tag"/>).</summary>
    IReadOnlyList<string> Tags() => [];

    /// <summary>The records it points at. What a change points at anew must be there when it is stored.</summary>
    IReadOnlyList<Reference> References() => [];
}

/// <summary>A record that is created and changed from a draft, the form in which callers send it.</summary>
public interface IResource<T, TDraft> : IRecord<T> where T : class, IResource<T, TDraft>
{
    /// <summary>Decides a new record from a draft, or refuses.</summary>
    static abstract Outcome<T> Create(TDraft draft, Act act);

    /// <summary>Decides the changed record from a draft in which absent members mean "as it was", or refuses.</summary>
    Outcome<T> Change(TDraft draft, Act act);
}

/// <summary>A record as it is kept: the value with what the shell knows about it.</summary>
/// <param name="Id">Prefixed, sortable by creation.</param>
/// <param name="Version">Grows by one with every commit; the first is 1.</param>
/// <param name="CreatedAt">Time of the first commit, UTC, milliseconds.</param>
/// <param name="UpdatedAt">Time of the last commit, UTC, milliseconds.</param>
/// <param name="Value">The record.</param>
public sealed record Stored<T>(string Id, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, T Value);
