using System.Globalization;
using System.Text;

namespace Troupe.Silo.Storage;

/// <summary>A list as a statement: the text depends on which facets are asked for and how, never on values; values are put in where the text has a
/// <c>?</c>. What engines say differently is left to them.</summary>
internal abstract class Listing(string from, string key, Query query)
{
    private readonly StringBuilder _where = new();
    private readonly List<object?> _values = [];

    /// <summary>The query.</summary>
    public Query Query { get; } = query;

    /// <summary>Values of the marks, in order: string, long, double or null.</summary>
    protected IReadOnlyList<object?> Values => _values;

    /// <summary>How the engine compares for being different with null a value like others.</summary>
    protected abstract string Different { get; }

    /// <summary>The statement of a page, with one row more than asked for, which tells whether there is a next page. Its last mark is the limit.</summary>
    public virtual string Page(string columns)
    {
        var direction = Query.Descending ? " DESC" : "";
        var order = Query.By is { } by ? $"\"{Column(by)}\"{direction}, {key}{direction}" : $"{key}{direction}";
        var present = Query.By is { } facet ? $" AND \"{Column(facet)}\" IS NOT NULL" : "";
        return $"SELECT {columns} FROM {from} WHERE {_where}{present} ORDER BY {order} LIMIT ?";
    }

    /// <summary>The statement that counts.</summary>
    public virtual string Count() => $"SELECT count(*) FROM {from} WHERE {_where}";

    /// <summary>Puts rows into a page; a row more than asked for tells that there is a next page.</summary>
    public Page<T> Page<T>(List<T> rows, Func<T, string> keyOf)
    {
        if (rows.Count <= Query.Limit)
        {
            return new(rows, null);
        }

        rows.RemoveAt(rows.Count - 1);
        return new(rows, Query.By is null ? keyOf(rows[^1]) : null);
    }

    /// <summary>Conditions of a list of live records.</summary>
    protected void OfRecords(KindSchema schema, string workspace)
    {
        Where("workspace = ?", workspace);
        if (Query.Tag is { } tag)
        {
            Where("of_kind = ? AND tag = ?", schema.Kind.Name, tag);
        }

        Where("deleted_at IS NULL");
        Follow(Query.After);
        if (SearchText.Fold(Query.Text) is { Length: > 0 } text)
        {
            if (!schema.Searchable)
            {
                throw new ArgumentException($"The kind '{schema.Kind.Name}' has no free text to search.");
            }

            Search(text);
        }
    }

    /// <summary>Conditions of a list of what is numbered within an owner.</summary>
    /// <param name="name">What is listed, for the message.</param>
    /// <param name="owner">The condition for the owner.</param>
    /// <param name="values">Its values.</param>
    protected void OfOwner(string name, string owner, params ReadOnlySpan<object?> values)
    {
        if (Query.Text is { Length: > 0 } || Query.Tag is not null)
        {
            throw new ArgumentException($"The log '{name}' has no free text and no tags.");
        }

        Where(owner, values);
        Follow(Query.After is null ? null : Seq(Query.After));
    }

    /// <summary>Adds the condition for a folded text of a searchable kind.</summary>
    protected abstract void Search(string text);

    /// <summary>Adds the value of a mark before all conditions.</summary>
    protected void From(object? value) => _values.Insert(0, value);

    /// <summary>Adds a condition.</summary>
    protected void Where(string condition, params ReadOnlySpan<object?> values)
    {
        _where.Append(_where.Length == 0 ? "" : " AND ").Append(condition);
        foreach (var value in values)
        {
            _values.Add(value);
        }
    }

    /// <summary>Adds the filters of the query, and what comes after a key.</summary>
    protected void Follow(object? after)
    {
        foreach (var filter in Query.Filters)
        {
            Filter($"\"{Column(filter.Facet)}\"", filter);
        }

        if (after is not null)
        {
            Where(Query.Descending ? $"{key} < ?" : $"{key} > ?", after);
        }
    }

    private void Filter(string column, Filter filter)
    {
        switch (filter.Test, filter.Value)
        {
            case (Test.Equal, null): Where($"{column} IS NULL"); break;
            case (Test.NotEqual, null): Where($"{column} IS NOT NULL"); break;
            case (_, null): Where("1 = 0"); break;
            case (Test.NotEqual, _): Where($"{column} {Different} ?", filter.Value); break;
            default: Where($"{column} {Sign(filter.Test)} ?", filter.Value); break;
        }
    }

    private static long Seq(string after) => long.TryParse(after, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seq)
        ? seq
        : throw new ArgumentException($"'{after}' is not the sequence number of an entry.");

    /// <summary>The key of a list goes by the name <c>id</c> in queries, whatever the table calls it.</summary>
    private string Column(string facet) => facet == "id" ? key : facet;

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
