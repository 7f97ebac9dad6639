using Troupe.Tables;

namespace Troupe.Api.Families.Workspace;

/// <summary>A data table as it is shown.</summary>
/// <param name="MetadataFields">The chosen columns; none stands for all.</param>
/// <param name="RowCount">Every row acknowledged so far.</param>
public sealed record TableView(
    string Id, string Name, IReadOnlyList<Column> Columns, IReadOnlyList<string> MetadataFields, long RowCount, WebhookView IngestWebhook,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>The view of a table.</summary>
    public static TableView Of(Stored<DataTable> stored)
    {
        var table = stored.Value;
        return new(
            stored.Id, table.Name, table.Columns, [.. table.Columns.Where(column => column.Metadata).Select(column => column.Name)], table.RowCount,
            new(table.Webhook is not null, table.Webhook?.CreatedAt), stored.CreatedAt, stored.UpdatedAt);
    }
}

/// <summary>The state of a table's ingest webhook; its token is shown once, when it is made.</summary>
/// <param name="Enabled">Whether there is one.</param>
/// <param name="CreatedAt">When its present token was made.</param>
public sealed record WebhookView(bool Enabled, DateTimeOffset? CreatedAt);

/// <summary>A webhook's token, the one time it is shown.</summary>
/// <param name="Token">The secret.</param>
/// <param name="Url">Where to post rows, the token in it.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record NewWebhook(string Token, string Url, DateTimeOffset CreatedAt);
