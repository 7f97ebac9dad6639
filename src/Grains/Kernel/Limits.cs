namespace Troupe.Kernel;

/// <summary>Every bound of the system, in one place. Sizes in bytes unless the name says otherwise.</summary>
public static class Limits
{
    // Lists

    /// <summary>Items of a page when the caller does not say.</summary>
    public const int PageDefault = 50;

    /// <summary>Most items of a page that the store gives; families may allow fewer.</summary>
    public const int PageMax = 1_000;

    // Requests

    /// <summary>Largest JSON body of any route.</summary>
    public const int BodyBytes = 10 * 1024 * 1024;

    /// <summary>Deepest nesting of a JSON body.</summary>
    public const int JsonDepth = 32;

    /// <summary>Longest idempotency key, in characters.</summary>
    public const int IdempotencyKeyLength = 255;

    /// <summary>How long an answer to a keyed request is kept.</summary>
    public static readonly TimeSpan AnswerRetention = TimeSpan.FromHours(24);

    // Events

    /// <summary>How long events can be listed.</summary>
    public static readonly TimeSpan EventRetention = TimeSpan.FromDays(30);

    // Data tables

    /// <summary>Records of one ingest request [ingest-api.md section 4.1].</summary>
    public const int IngestRecords = 500;

    /// <summary>Rows gathered from concurrent callers into one commit of a table.</summary>
    public const int IngestCommitRows = 20_000;

    /// <summary>Callers that may wait for one table's commit; more are refused as unavailable.</summary>
    public const int IngestWaiting = 10_000;

    /// <summary>Columns of a table.</summary>
    public const int Columns = 500;

    /// <summary>Longest column name, in characters.</summary>
    public const int ColumnNameLength = 200;

    /// <summary>Longest name of a table, spinner, workspace or key, in characters.</summary>
    public const int NameLength = 200;

    /// <summary>Largest single CSV field.</summary>
    public const int CsvFieldBytes = 1024 * 1024;

    /// <summary>Segment size an import aims at.</summary>
    public const int SegmentBytes = 256 * 1024;

    /// <summary>How long a staged import may stay unadopted.</summary>
    public static readonly TimeSpan StageRetention = TimeSpan.FromHours(24);

    // Store

    /// <summary>Changes gathered into one database transaction.</summary>
    public const int CommitBatch = 1_024;

    /// <summary>Changes that may wait for the writer; more are refused as unavailable.</summary>
    public const int CommitWaiting = 100_000;
}
