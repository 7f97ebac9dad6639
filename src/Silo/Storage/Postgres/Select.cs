using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>A list as PostgreSQL asks for it.</summary>
internal sealed partial class Select : Listing
{
    private readonly KindTable? _table;

    private Select(string from, string key, Query query, KindTable? table = null)
        : base(from, key, query) => _table = table;

    /// <inheritdoc/>
    protected override string Different => "IS DISTINCT FROM";

    /// <summary>Live records of a workspace.</summary>
    public static Select Records(KindTable table, string workspace, Query query)
    {
        var select = new Select(query.Tag is null ? table.Name : $"troupe.record_tags JOIN {table.Name} USING (workspace, id)", "id", query, table);
        select.OfRecords(table.Schema, workspace);
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
        var select = new Select("troupe.audit", "position", query);
        select.OfOwner("audit", "workspace = ?", workspace);
        return select;
    }

    /// <inheritdoc/>
    public override string Page(string columns) => Numbered(base.Page(columns));

    /// <inheritdoc/>
    public override string Count() => Numbered(base.Count());

    /// <summary>Reads a page.</summary>
    public async Task<Page<T>> Page<T>(
        NpgsqlConnection connection, string columns, Func<NpgsqlDataReader, T> item, Func<T, string> keyOf, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        Bind(batch.Add(Page(columns))).With((long)Query.Limit + 1);
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(item(reader));
        }

        return Page(rows, keyOf);
    }

    /// <summary>Counts.</summary>
    public async Task<long> Count(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        Bind(batch.Add(Count()));
        return (long)(await batch.ExecuteScalarAsync(cancel))!;
    }

    /// <inheritdoc/>
    protected override void Search(string text)
    {
        if (_table!.Trigrams && SearchText.IsIndexed(text))
        {
            Where("search LIKE ?", $"%{Sign().Replace(text, @"\$0")}%");
        }
        else
        {
            Where("strpos(search, ?) > 0", text);
        }
    }

    private NpgsqlBatchCommand Bind(NpgsqlBatchCommand command)
    {
        foreach (var value in Values)
        {
            command.WithAny(value);
        }

        return command;
    }

    /// <summary>Numbers the marks. Nothing else in the text, which is made of declared names, has a question mark.</summary>
    private static string Numbered(string sql)
    {
        var numbered = new StringBuilder(sql.Length + 16);
        var mark = 0;
        foreach (var letter in sql)
        {
            _ = letter == '?' ? numbered.Append('$').Append(++mark) : numbered.Append(letter);
        }

        return numbered.ToString();
    }

    /// <summary>What means something in a pattern.</summary>
    [GeneratedRegex(@"[\\%_]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sign();
}
