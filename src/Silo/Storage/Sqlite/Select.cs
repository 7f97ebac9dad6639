using System.Globalization;
using System.Text;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary>A list as a statement: the text depends on which facets are asked for and how, never on values; values are put in.</summary>
internal sealed class Select
{
    private readonly StringBuilder _where = new();
    private readonly List<object?> _values = [];
    private readonly string _from;
    private readonly string _key;
    private readonly Query _query;

    private Select(string from, string key, Query query) => (_from, _key, _query) = (from, key, query);

    /// <summary>Live records of a workspace.</summary>
    public static Select Records(KindTable table, string workspace, Query query)
    {
        var select = new Select(query.Tag is null ? table.Name : $"record_tags CROSS JOIN {table.Name} USING (workspace, id)", "id", query);
        select.Where("workspace = ?", workspace);
        if (query.Tag is { } tag)
        {
            select.Where("of_kind = ? AND tag = ?", table.Schema.Kind.Name, tag);
        }

        select._where.Append(" AND deleted_at IS NULL");
        select.Follow(query.After);
        if (SearchText.Fold(query.Text) is { Length: > 0 } text)
        {
            if (!table.Schema.Searchable)
            {
                throw new ArgumentException($"The kind '{table.Schema.Kind.Name}' has no free text to search.");
            }

            select.Search(table, text);
        }

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
            select._values.Add(string.Join(" AND ", trigrams.Length == 0 ? [Quoted(text)] : trigrams.Select(Quoted)));
        }

        select.Where("workspace = ?", workspace);
        select._where.Append(" AND deleted_at IS NULL");
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
        if (query.Text is { Length: > 0 } || query.Tag is not null)
        {
            throw new ArgumentException($"The log '{table.Schema.Name}' has no free text and no tags.");
        }

        var select = new Select(table.Name, "seq", query);
        select.Where($"owner = {LogTable.Owner}", table.Schema.Name, workspace, owner);
        select.Follow(query.After is null ? null : Seq(query.After));
        return select;
    }

    /// <summary>Audit entries of a workspace.</summary>
    public static Select Audit(string workspace, Query query)
    {
        var select = new Select("audit", "position", query);
        select.Where("workspace = ?", workspace);
        select.Follow(query.After is null ? null : Seq(query.After));
        return select;
    }

    /// <summary>The statement of a page, with one row more than asked for, which tells whether there is a next page.</summary>
    public string Page(string columns)
    {
        var direction = _query.Descending ? " DESC" : "";
        var order = _query.By is { } by ? $"\"{Column(by)}\"{direction}, {_key}{direction}" : $"{_key}{direction}";
        var present = _query.By is { } facet ? $" AND \"{Column(facet)}\" IS NOT NULL" : "";
        return $"SELECT {columns} FROM {_from} WHERE {_where}{present} ORDER BY {order} LIMIT ?";
    }

    /// <summary>The statement that counts.</summary>
    public string Count() => $"SELECT count(*) FROM {_from} WHERE {_where}";

    /// <summary>Puts in the values of <see cref="Page"/>.</summary>
    public Statement BindPage(Statement statement) => BindCount(statement).With(_query.Limit + 1);

    /// <summary>Puts in the values of <see cref="Count"/>.</summary>
    public Statement BindCount(Statement statement)
    {
        foreach (var value in _values)
        {
            statement.WithFacet(value);
        }

        return statement;
    }

    private void Follow(object? after)
    {
        foreach (var filter in _query.Filters)
        {
            Filter($"\"{Column(filter.Facet)}\"", filter);
        }

        if (after is not null)
        {
            Where(_query.Descending ? $"{_key} < ?" : $"{_key} > ?", after);
        }
    }

    private void Filter(string column, Filter filter)
    {
        switch (filter.Test, filter.Value)
        {
            case (Test.Equal, null): Where($"{column} IS NULL"); break;
            case (Test.NotEqual, null): Where($"{column} IS NOT NULL"); break;
            case (Test.NotEqual, _): Where($"{column} IS NOT ?", filter.Value); break;
            default: Where($"{column} {Sign(filter.Test)} ?", filter.Value); break;
        }
    }

    private void Search(KindTable table, string text)
    {
        if (SearchText.IsIndexed(text))
        {
            Where($"{table.Name}.rowid IN (SELECT rowid FROM {table.Index} WHERE {table.Index} MATCH ?)",
                Quoted(text));
        }
        else
        {
            Where("instr(search, ?) > 0", text);
        }
    }

    /// <summary>A text as the trigram index wants it.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void Where(string condition, params ReadOnlySpan<object?> values)
    {
        _where.Append(_where.Length == 0 ? "" : " AND ").Append(condition);
        foreach (var value in values)
        {
            _values.Add(value);
        }
    }

    private static long Seq(string after) => long.TryParse(after, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seq)
        ? seq
        : throw new ArgumentException($"'{after}' is not the sequence number of an entry.");

    /// <summary>The key of a list goes by the name <c>id</c> in queries, whatever the table calls it.</summary>
    private string Column(string facet) => facet == "id" ? _key : facet;

    private static string Sign(Test test) => test switch
    {
        Test.Equal => "=",
        Test.Less => "<",
        Test.AtMost => "<=",
        Test.Greater => ">",
        Test.AtLeast => ">=",
        _ => throw new ArgumentOutOfRangeException(nameof(test), test, "No such test."),
    };
}
