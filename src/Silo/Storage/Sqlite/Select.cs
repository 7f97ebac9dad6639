namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A list as SQLite asks for it.</summary>
internal sealed class Select : Listing
{
    private readonly KindTable? _table;

    private Select(string from, string key, Query query, KindTable? table = null)
        : base(from, key, query) => _table = table;

    /// <inheritdoc/>
    protected override string Different => "IS NOT";

    /// <summary>Live records of a workspace.</summary>
    public static Select Records(KindTable table, string workspace, Query query)
    {
        var select = new Select(query.Tag is null ? table.Name : $"record_tags CROSS JOIN {table.Name} USING (workspace, id)", "id", query, table);
        select.OfRecords(table.Schema, workspace);
        return select;
    }

    /// <summary>Live records that few are: by the index of what changed, and by trigrams. Without trigrams the whole text is the phrase to look for.</summary>
    public static Select Far(KindTable table, string workspace, Query query, string? text, string[] trigrams)
    {
        if (query.Tag is not null)
        {
            return Records(table, workspace, query);
        }

        var matching = $"(SELECT rowid AS found FROM {table.Index} WHERE {table.Index} MATCH ?)";
        var from = text is not null ? $"{matching} CROSS JOIN {table.Name} ON {table.Name}.rowid = found"
            : table.Changed is { } changed ? $"{table.Name} INDEXED BY {changed}"
            : table.Name;
        var select = new Select(from, "id", query);
        if (text is not null)
        {
            select.From(string.Join(" AND ", trigrams.Length == 0 ? [Quoted(text)] : trigrams.Select(Quoted)));
        }

        select.Where("workspace = ?", workspace);
        select.Where("deleted_at IS NULL");
        select.Follow(query.After);
        if (trigrams.Length > 0)
        {
            select.Where("instr(search, ?) > 0", text);
        }

        return select;
    }

    /// <summary>Entries of an owner.</summary>
    public static Select Entries(LogTable table, string workspace, string owner, Query query)
    {
        var select = new Select(table.Name, "seq", query);
        select.OfOwner(table.Schema.Name, $"owner = {LogTable.Owner}", table.Schema.Name, workspace, owner);
        return select;
    }

    /// <summary>Audit entries of a workspace.</summary>
    public static Select Audit(string workspace, Query query)
    {
        var select = new Select("audit", "position", query);
        select.OfOwner("audit", "workspace = ?", workspace);
        return select;
    }

    /// <summary>Puts in the values of <see cref="Listing.Page(string)"/>.</summary>
    public Statement BindPage(Statement statement) => BindCount(statement).With(Query.Limit + 1);

    /// <summary>Puts in the values of <see cref="Listing.Count"/>.</summary>
    public Statement BindCount(Statement statement)
    {
        foreach (var value in Values)
        {
            statement.WithFacet(value);
        }

        return statement;
    }

    /// <inheritdoc/>
    protected override void Search(string text)
    {
        if (SearchText.IsIndexed(text))
        {
            Where(
                $"{_table!.Name}.rowid IN (SELECT rowid FROM {_table.Index} WHERE {_table.Index} MATCH ?)",
                Quoted(text));
        }
        else
        {
            Where("instr(search, ?) > 0", text);
        }
    }

    /// <summary>A text as the trigram index wants it.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
