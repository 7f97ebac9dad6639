namespace Troupe.Kernel;

/// <summary>Reads across grains. A list sees every write acknowledged before it was asked for.</summary>
public interface IDirectory
{
    /// <summary>A page of the workspace's live records of a kind.</summary>
    ValueTask<Page<StoredRecord>> List(Kind kind, string workspace, Query query, CancellationToken cancel = default);

    /// <summary>How many live records match; the page settings of the query do not matter.</summary>
    ValueTask<long> Count(Kind kind, string workspace, Query query, CancellationToken cancel = default);

    /// <summary>A page of a log's entries of one owner, by sequence number.</summary>
    ValueTask<Page<StoredEntry>> Entries(string log, string workspace, string owner, Query query, CancellationToken cancel = default);

    /// <summary>One log entry; null when there is none.</summary>
    ValueTask<StoredEntry?> Entry(string log, string workspace, string owner, long seq, CancellationToken cancel = default);
}

/// <summary>How a facet is compared with a value.</summary>
public enum Test
{
    /// <summary>Equal; a null value asks for records without the facet.</summary>
    Equal,

    /// <summary>Not equal, or without the facet.</summary>
    NotEqual,

    /// <summary>Strictly less.</summary>
    Less,

    /// <summary>Less or equal.</summary>
    AtMost,

    /// <summary>Strictly greater.</summary>
    Greater,

    /// <summary>Greater or equal.</summary>
    AtLeast,
}

/// <summary>One condition on a declared facet, or on <c>id</c>, <c>created_at</c>, <c>updated_at</c> (milliseconds since 1970).</summary>
/// <param name="Facet">Name of the facet. An undeclared one is a bug and throws.</param>
/// <param name="Test">The comparison.</param>
/// <param name="Value">string, long, double or null.</param>
public sealed record Filter(string Facet, Test Test, object? Value);

/// <summary>What to list: all filters hold, the text matches, newest last unless <see cref="Descending"/>.</summary>
public sealed record Query
{
    /// <summary>Conditions; all must hold.</summary>
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>Case-insensitive substring of the search text; null for no search.</summary>
    public string? Text { get; init; }

    /// <summary>A tag the records carry (<see cref="RecordWrite.Tagged"/>); null for no such condition. Logs have no tags.</summary>
    public string? Tag { get; init; }

    /// <summary>Newest first. The order is that of the id (records) or the sequence number (entries).</summary>
    public bool Descending { get; init; }

    /// <summary>Facet to order by instead, ties by id or sequence number; records without it are left out. Such a list has no further pages
    /// (<see cref="After"/> must be null): ask again once the first are dealt with.</summary>
    public string? By { get; init; }

    /// <summary>Keyset: the id (records) or sequence number (entries) of the last item of the page before; null for the first page.</summary>
    public string? After { get; init; }

    /// <summary>Items a page, 1 to <see cref="Limits.PageMax"/>.</summary>
    public int Limit { get; init; } = Limits.PageDefault;
}

/// <summary>A page whose item type is not known here: what an answer is written from.</summary>
public interface IPage
{
    /// <summary>The items in order, a list.</summary>
    object Items { get; }

    /// <summary>What to pass as <see cref="Query.After"/> for the next page; null on the last.</summary>
    string? Next { get; }
}

/// <summary>A page of a list and the way to the next one.</summary>
/// <param name="Items">The items in order.</param>
/// <param name="Next">What to pass as <see cref="Query.After"/> for the next page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next) : IPage
{
    /// <inheritdoc/>
    object IPage.Items => Items;

    /// <summary>The same page of other items.</summary>
    public Page<TNext> Map<TNext>(Func<T, TNext> map) => new([.. Items.Select(map)], Next);
}

/// <summary>Typed reading of directory answers.</summary>
public static class DirectoryReading
{
    /// <summary>A page of the workspace's live records of a type.</summary>
    public static async Task<Page<Stored<T>>> List<T>(this IDirectory directory, string workspace, Query query, CancellationToken cancel = default)
        where T : class, IRecord<T> =>
        (await directory.List(T.Kind, workspace, query, cancel)).Map(row => row.Read<T>());
}
