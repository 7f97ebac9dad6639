namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Lists by text, or by what changed lately, in two steps, so that a page costs about the same however many records there are. First the records next
/// in order are looked at one by one: what many have fills the page there. Only what few have is then looked for through an index that finds it anywhere,
/// and of a text only by those of its trigrams that were rare among the records looked at: an index answers rare things fast and common ones slowly.</summary>
internal sealed class NearFirst
{
    /// <summary>Records looked at one by one.</summary>
    public const int Near = 1_000;

    private const string Columns = "id, version, body, created_at, updated_at, search";
    private const int Rare = Near / 50;
    private const int Asked = 8; // trigrams; more of them narrow the answer no further

    private readonly KindTable _table;
    private readonly string _workspace;
    private readonly Query _query;
    private readonly string? _text;
    private readonly Filter[] _times;
    private readonly List<string> _seen = [];

    private NearFirst(KindTable table, string workspace, Query query)
    {
        (_table, _workspace, _query) = (table, workspace, query);
        _text = SearchText.Fold(query.Text) is { Length: > 0 } text ? text : null;
        _times = [.. query.Filters.Where(IsTime)];
    }

    /// <summary>Whether a list is better read in two steps.</summary>
    public static bool Suits(KindTable table, Query query) => query.By is null
        && ((table.Schema.Searchable && SearchText.Fold(query.Text) is { Length: > 0 } text && SearchText.IsIndexed(text)) || query.Filters.Any(IsTime));

    /// <summary>A page.</summary>
    public static Page<StoredRecord> List(Connection connection, KindTable table, string workspace, Query query) =>
        new NearFirst(table, workspace, query).List(connection);

    private static bool IsTime(Filter filter) => filter is { Facet: "updated_at", Test: Test.Greater or Test.AtLeast, Value: long };

    private Page<StoredRecord> List(Connection connection)
    {
        var found = new List<StoredRecord>();
        var last = Walk(connection, found);
        if (found.Count > _query.Limit)
        {
            return new(found[.._query.Limit], found[_query.Limit - 1].Id);
        }

        if (last is null)
        {
            return new(found, null);
        }

        // One more than is wanted even when the near ones fill the page: it tells whether there is a next.
        var far = Select.Far(_table, _workspace, _query with { After = last, Limit = _query.Limit - found.Count }, _text, RareTrigrams());
        using var read = connection.Use(far.Page("id, version, body, created_at, updated_at"));
        far.BindPage(read);
        while (read.Step())
        {
            found.Add(SqliteDirectory.Record(read));
        }

        return found.Count > _query.Limit ? new(found[.._query.Limit], found[_query.Limit - 1].Id) : new(found, null);
    }

    /// <summary>Takes what fits from the next records, until the page and one more are full. Gives the last id looked at, or null at the end.</summary>
    private string? Walk(Connection connection, List<StoredRecord> found)
    {
        var query = _query with { Text = null, Filters = [.. _query.Filters.Except(_times)], Limit = Near };
        var select = Select.Records(_table, _workspace, query);
        using var read = connection.Use(select.Page(Columns));
        select.BindPage(read);
        string? last = null;
        for (var looked = 0; looked < Near; looked++)
        {
            if (!read.Step() || found.Count > _query.Limit)
            {
                return null;
            }

            if (Fits(read))
            {
                found.Add(SqliteDirectory.Record(read));
            }

            last = looked == Near - 1 ? read.Text(0) : null;
        }

        return last;
    }

    private bool Fits(Statement read)
    {
        foreach (var time in _times)
        {
            var (changed, than) = (read.Number(4), (long)time.Value!);
            if (time.Test == Test.Greater ? changed <= than : changed < than)
            {
                return false;
            }
        }

        if (_text is null)
        {
            return true;
        }

        var search = read.IsNull(5) ? "" : read.Text(5);
        _seen.Add(search);
        return search.Contains(_text, StringComparison.Ordinal);
    }

    /// <summary>Trigrams of the text that few of the records looked at have, the rarest first; none when all are common.</summary>
    private string[] RareTrigrams()
    {
        if (_text is null)
        {
            return [];
        }

        var runes = _text.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        return
        [
            .. Enumerable.Range(0, runes.Length - 2).Select(i => string.Concat(runes[i..(i + 3)])).Distinct()
                .Select(trigram => (Text: trigram, Count: _seen.Count(text => text.Contains(trigram, StringComparison.Ordinal))))
                .Where(trigram => trigram.Count <= Rare).OrderBy(trigram => trigram.Count).Take(Asked).Select(trigram => trigram.Text),
        ];
    }
}
