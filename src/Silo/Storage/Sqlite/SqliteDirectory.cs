using System.Globalization;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IDirectory"/> on SQLite.</summary>
public sealed class SqliteDirectory(Database database) : IDirectory
{
    /// <inheritdoc/>
    public ValueTask<Page<StoredRecord>> List(Kind kind, string workspace, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        Schemas.Check(query, table.Schema.Facets, FacetType.Text);
        if (NearFirst.Suits(table, query))
        {
            return database.Read(connection => NearFirst.List(connection, table, workspace, query), cancel);
        }

        var select = Select.Records(table, workspace, query);
        return database.Read(
            connection =>
            {
                using var read = connection.Use(select.Page("id, version, body, created_at, updated_at"));
                select.BindPage(read);
                return Page(read, query, Record, static r => r.Id);
            },
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<long> Count(Kind kind, string workspace, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        query = query with { After = null, By = null };
        Schemas.Check(query, table.Schema.Facets, FacetType.Text);
        var select = Select.Records(table, workspace, query);
        return database.Read(
            connection =>
            {
                using var read = connection.Use(select.Count());
                return select.BindCount(read).Step() ? read.Number(0) : 0;
            },
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<StoredEntry>> Entries(string log, string workspace, string owner, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Log(log);
        Schemas.Check(query, table.Schema.Facets, FacetType.Integer);
        var select = Select.Entries(table, workspace, owner, query);
        return database.Read(
            connection =>
            {
                using var read = connection.Use(select.Page(table.Columns));
                select.BindPage(read);
                return Page(read, query, r => Entry(r, table), static e => e.Seq.ToString(CultureInfo.InvariantCulture));
            },
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<StoredEntry?> Entry(string log, string workspace, string owner, long seq, CancellationToken cancel = default)
    {
        var table = database.Tables.Log(log);
        return database.Read(
            connection =>
            {
                using var read = connection.Use(table.One);
                return read.With(log).With(workspace).With(owner).With(seq).Step() ? Entry(read, table) : null;
            },
            cancel);
    }

    internal static StoredRecord Record(Statement read) => new(read.Text(0), read.Number(1), read.Bytes(2), read.Time(3), read.Time(4), Deleted: false);

    private static StoredEntry Entry(Statement read, LogTable table) =>
        new(read.Number(0), read.Bytes(1), read.Facets(LogTable.FirstFacet, table.Schema.Facets.Count), read.Time(2), read.Time(3));

    internal static Page<T> Page<T>(Statement read, Query query, Func<Statement, T> item, Func<T, string> key)
    {
        var items = new List<T>();
        while (read.Step())
        {
            if (items.Count == query.Limit)
            {
                return new(items, query.By is null ? key(items[^1]) : null);
            }

            items.Add(item(read));
        }

        return new(items, null);
    }
}
