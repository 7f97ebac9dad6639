using System.Globalization;

namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IAuditLog"/> on SQLite.</summary>
public sealed class SqliteAudit(Database database) : IAuditLog
{
    /// <inheritdoc/>
    public async ValueTask<Page<AuditEntry>> List(string workspace, Query query, CancellationToken cancel = default)
    {
        Schemas.Check(query, AuditEntry.Facets, FacetType.Integer);
        var select = Select.Audit(workspace, query);
        var page = await database.Read(
            connection =>
            {
                using var read = connection.Use(select.Page("position, id, actor, action, subject, request_id, time, detail"));
                select.BindPage(read);
                return SqliteDirectory.Page(read, query, Entry, static e => e.Position.ToString(CultureInfo.InvariantCulture));
            },
            cancel);
        return page.Map(static e => e.Entry);
    }

    private static (long Position, AuditEntry Entry) Entry(Statement read) => (
        read.Number(0),
        new(read.Text(1), read.Text(2), read.Text(3), read.Text(4), read.Text(5), read.Time(6)) { Detail = read.Bytes(7) });
}
