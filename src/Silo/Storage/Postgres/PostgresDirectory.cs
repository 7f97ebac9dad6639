using System.Globalization;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="IDirectory"/> on PostgreSQL.</summary>
public sealed class PostgresDirectory(PostgresDatabase database) : IDirectory
{
    /// <inheritdoc/>
    public ValueTask<Page<StoredRecord>> List(Kind kind, string workspace, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        Schemas.Check(query, table.Schema.Facets, FacetType.Text);
        var select = Select.Records(table, workspace, query);
        return database.Run(
            (connection, cancelled) => select.Page(connection, "id, version, body, created_at, updated_at", Record, static r => r.Id, cancelled), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<long> Count(Kind kind, string workspace, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        query = query with { After = null, By = null };
        Schemas.Check(query, table.Schema.Facets, FacetType.Text);
        var select = Select.Records(table, workspace, query);
        return database.Run(select.Count, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<StoredEntry>> Entries(string log, string workspace, string owner, Query query, CancellationToken cancel = default)
    {
        var table = database.Tables.Log(log);
        Schemas.Check(query, table.Schema.Facets, FacetType.Integer);
        var select = Select.Entries(table, workspace, owner, query);
        return database.Run(
            (connection, cancelled) => select.Page(
                connection, table.Shown, read => Entry(read, table), static e => e.Seq.ToString(CultureInfo.InvariantCulture), cancelled),
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<StoredEntry?> Entry(string log, string workspace, string owner, long seq, CancellationToken cancel = default)
    {
        var table = database.Tables.Log(log);
        return database.Run(
            async (connection, cancelled) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(table.One).With(log).With(workspace).With(owner).With(seq);
                await using var read = await batch.ExecuteReaderAsync(cancelled);
                return await read.ReadAsync(cancelled) ? Entry(read, table) : null;
            },
            cancel);
    }

    private static StoredRecord Record(NpgsqlDataReader read) =>
        new(read.GetString(0), read.GetInt64(1), read.Bytes(2), read.Time(3), read.Time(4), Deleted: false);

    private static StoredEntry Entry(NpgsqlDataReader read, LogTable table) =>
        new(read.GetInt64(0), read.Bytes(1), read.Facets(LogTable.FirstFacet, table.Schema.Facets), read.Time(2), read.Time(3));
}
