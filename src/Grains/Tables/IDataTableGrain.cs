namespace Troupe.Tables;

/// <summary>One data table: its columns, its rows, its ingest webhook. Key: <c>workspace/&lt;table id&gt;</c>.</summary>
public interface IDataTableGrain : IResourceGrain<DataTable, DataTableDraft>, ITableSource
{
    /// <summary>The columns against which a front end reads rows.</summary>
    [AlwaysInterleave]
    Task<Outcome<TableSchema>> Schema();

    /// <summary>Appends rows; the answer comes after the commit is durable. Concurrent callers share one commit.
    /// Refused with <see cref="Refusal.Stale"/> when the rows were read against older columns: read the schema and parse again.</summary>
    [AlwaysInterleave]
    Task<Outcome<Ingested>> Ingest(IngestBatch batch);

    /// <summary>What a keyed batch was answered before; <see cref="Refusal.Missing"/> when the key is new, a conflict when it belongs to another body.
    /// For batches that do not parse, e.g. because the columns changed after the first answer: rows and count do not matter.</summary>
    [AlwaysInterleave]
    Task<Outcome<Ingested>> Answered(IngestBatch batch);

    /// <summary>Lets the holder of a webhook token in, once; <see cref="Refusal.Missing"/> when the token is not, or no longer, the table's.</summary>
    [AlwaysInterleave]
    Task<Outcome<TokenEntry>> Enter(string tokenHash);

    /// <summary>Says whether a CSV file may come in now, and against which columns it is read.</summary>
    Task<Outcome<ImportTicket>> OpenImport(ImportMode mode);

    /// <summary>Takes a staged file over, in one commit.</summary>
    Task<Outcome<Stored<DataTable>>> CloseImport(StagedRows staged, Caller by);

    /// <summary>Makes the ingest webhook, or gives it a new token; the old one is unknown at once.</summary>
    Task<Outcome<WebhookToken>> RotateWebhook(Caller by);

    /// <summary>Takes the ingest webhook away. A no-op when there is none.</summary>
    Task<Outcome<Stored<DataTable>>> DisableWebhook(Caller by);
}

/// <summary>The columns of a table at a version.</summary>
/// <param name="Version"><see cref="DataTable.Schema"/>.</param>
/// <param name="Columns">The columns; none when the table has no structure yet.</param>
public sealed record TableSchema(int Version, IReadOnlyList<Column> Columns);

/// <summary>Rows on their way into a table.</summary>
/// <param name="Schema">Version of the columns they were read against.</param>
/// <param name="Count">Number of rows, 1 to <see cref="Limits.IngestRecords"/>.</param>
/// <param name="Rows">The rows, one JSON array a line (<see cref="RowWrite"/>). Must stay as it is until the answer.</param>
public sealed record IngestBatch(int Schema, int Count, ReadOnlyMemory<byte> Rows)
{
    /// <summary>The caller's idempotency key; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request body; set with the key.</summary>
    public ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>SHA-256 of the webhook token that brought the rows, hexadecimal; null when an API key did.</summary>
    public string? TokenHash { get; init; }
}

/// <summary>The answer to an ingest.</summary>
/// <param name="Inserted">Number of rows inserted, now or when the key was first used.</param>
public sealed record Ingested(int Inserted);

/// <summary>What a CSV file does to the rows that are there.</summary>
public enum ImportMode
{
    /// <summary>First load: refused when there are rows.</summary>
    First,

    /// <summary>First load that puts existing rows and columns out of the way.</summary>
    Replace,

    /// <summary>More rows behind those that are there; the columns must be the same.</summary>
    Append,
}

/// <summary>Leave to stage a file.</summary>
/// <param name="Mode">As asked.</param>
/// <param name="Schema">Version of the columns.</param>
/// <param name="Columns">The columns that the file must have, or (<see cref="ImportMode.Replace"/>) whose types it inherits by name; none when the file
/// fixes them.</param>
/// <param name="Stage">Where to stage the rows.</param>
public sealed record ImportTicket(ImportMode Mode, int Schema, IReadOnlyList<Column> Columns, string Stage);

/// <summary>A file that was read to its end.</summary>
/// <param name="Ticket">The leave it was staged under.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Columns">The columns of the staged rows, in order.</param>
public sealed record StagedRows(ImportTicket Ticket, long Count, long Bytes, IReadOnlyList<Column> Columns);

/// <summary>Leave to send one request with a webhook token.</summary>
/// <param name="Schema">Version of the table's columns.</param>
/// <param name="Rate">What the plan allows: a token has the rate limit of an API key, for itself. No permit means that the limit is used up; null that there
/// is none.</param>
public sealed record TokenEntry(int Schema, RateShare? Rate);

/// <summary>A new webhook token; shown once.</summary>
/// <param name="Token">The token.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record WebhookToken(string Token, DateTimeOffset CreatedAt);
