using System.Globalization;
using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="IAuditLog"/> on PostgreSQL.</summary>
public sealed class PostgresAudit(PostgresDatabase database) : IAuditLog
{
    /// <inheritdoc/>
    public async ValueTask<Page<AuditEntry>> List(string workspace, Query query, CancellationToken cancel = default)
    {
        Schemas.Check(query, AuditEntry.Facets, FacetType.Integer);
        var select = Select.Audit(workspace, query);
        var page = await database.Run(
            (connection, cancelled) => select.Page(
                connection,
                "position, id, actor, action, subject, request_id, time, detail",
                Entry,
                static e => e.Position.ToString(CultureInfo.InvariantCulture),
                cancelled),
            cancel);
        return page.Map(static e => e.Entry);
    }

    private static (long Position, AuditEntry Entry) Entry(NpgsqlDataReader read) => (
        read.GetInt64(0),
        new(read.GetString(1), read.GetString(2), read.GetString(3), read.GetString(4), read.GetString(5), read.Time(6)) { Detail = read.Bytes(7) });
}
