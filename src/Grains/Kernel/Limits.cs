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

    // Identity

    /// <summary>How long a front end may let a key in without asking its grain: a revoked key is dead everywhere after this time.</summary>
    public static readonly TimeSpan GrantAge = TimeSpan.FromSeconds(1);

    /// <summary>Age at which a grant in use is renewed in the background, so that no request waits for it.</summary>
    public static readonly TimeSpan GrantRenewal = TimeSpan.FromMilliseconds(500);

    /// <summary>Keys a front end remembers; the longest unused are forgotten.</summary>
    public const int GrantsHeld = 50_000;

    /// <summary>Unknown keys a front end remembers.</summary>
    public const int UnknownKeysHeld = 10_000;

    /// <summary>How long an unknown key is refused without looking again.</summary>
    public static readonly TimeSpan UnknownKeyAge = TimeSpan.FromSeconds(10);

    /// <summary>Numbers tried behind a slug made from a workspace's name before it is refused as taken.</summary>
    public const int SlugAttempts = 100;

    /// <summary>How exactly the last use of a key is kept.</summary>
    public static readonly TimeSpan LastUsePrecision = TimeSpan.FromMinutes(1);

    /// <summary>How often front ends add the requests they counted to a workspace's usage.</summary>
    public static readonly TimeSpan UsagePeriod = TimeSpan.FromSeconds(5);

    // Events

    /// <summary>How long events can be listed.</summary>
    public static readonly TimeSpan EventRetention = TimeSpan.FromDays(30);

    // Resources of a workspace

    /// <summary>Longest note or description, in characters.</summary>
    public const int NoteLength = 20_000;

    /// <summary>Size of a record's custom fields [workspace-api.md section 1.6].</summary>
    public const int CustomFieldBytes = 16 * 1024;

    /// <summary>Custom fields of a record.</summary>
    public const int CustomFieldKeys = 64;

    /// <summary>Deal stages of a workspace, about: concurrent creations may pass it by a few.</summary>
    public const int DealStages = 200;

    /// <summary>Items of a bulk.</summary>
    public const int BulkItems = 1_000;

    /// <summary>Items of a bulk that are carried out at a time.</summary>
    public const int BulkInFlight = 128;

    /// <summary>Largest whole number a JSON reader of any kind keeps exactly: 2^53 - 1.</summary>
    public const long LargestWhole = 9_007_199_254_740_991;

    /// <summary>The currency of an amount that names none.</summary>
    public const string Currency = "USD";

    // Data tables

    /// <summary>Records of one ingest request [ingest-api.md section 4.1].</summary>
    public const int IngestRecords = 500;

    /// <summary>Rows gathered from concurrent callers into one commit of a table.</summary>
    public const int IngestCommitRows = 20_000;

    /// <summary>Size of the rows gathered from concurrent callers into one commit of a table; a caller alone may bring more.</summary>
    public const int IngestCommitBytes = 4 * 1024 * 1024;

    /// <summary>Size of the rows that may wait for one table's commits; a caller who finds this much waiting is refused as unavailable.</summary>
    public const int IngestWaitingBytes = 64 * 1024 * 1024;

    /// <summary>Tables whose columns a front end remembers.</summary>
    public const int ColumnSetsHeld = 10_000;

    /// <summary>How long the rows of a deleted table, and those a replacing import put out of the way, are kept: running jobs still read them.</summary>
    public static readonly TimeSpan RowsKept = TimeSpan.FromDays(30);

    /// <summary>Rows that one page of a filtered list looks at; the page may then be short, or empty, and still have a cursor.</summary>
    public const int RowsLookedAt = 100_000;

    /// <summary>Columns of a table.</summary>
    public const int Columns = 500;

    /// <summary>Longest column name, in characters.</summary>
    public const int ColumnNameLength = 200;

    /// <summary>Longest name of a table, spinner, workspace or key, in characters.</summary>
    public const int NameLength = 200;

    /// <summary>Largest single CSV field.</summary>
    public const int CsvFieldBytes = 1024 * 1024;

    /// <summary>How often a running import tells how far it is.</summary>
    public const int ProgressBytes = 1024 * 1024;

    /// <summary>Largest record of a CSV file, all its fields together; also the most memory an import holds of its file.</summary>
    public const int CsvRecordBytes = 8 * 1024 * 1024;

    /// <summary>Segment size an import aims at.</summary>
    public const int SegmentBytes = 256 * 1024;

    /// <summary>How long a staged import may stay unadopted.</summary>
    public static readonly TimeSpan StageRetention = TimeSpan.FromHours(24);

    // Spinners

    /// <summary>Records of a job in flight at a time, over all its lanes.</summary>
    public const int SpinnerConcurrency = 256;

    /// <summary>Records in flight when the spinner does not say.</summary>
    public const int SpinnerConcurrencyDefault = 16;

    /// <summary>Largest records-per-second a spinner may ask for.</summary>
    public const double SpinnerRatePerSecond = 100_000;

    /// <summary>Steps of a spinner.</summary>
    public const int Steps = 200;

    /// <summary>Longest id of a step or name of an output field, in characters.</summary>
    public const int StepIdLength = 64;

    /// <summary>Longest template, in characters.</summary>
    public const int TemplateLength = 20_000;

    /// <summary>Largest JSON value of a step (a body, the value of a field), in characters.</summary>
    public const int StepJsonLength = 100_000;

    /// <summary>Output fields a set step may write.</summary>
    public const int StepFields = 100;

    /// <summary>Branches of a decision.</summary>
    public const int Branches = 50;

    /// <summary>Longest condition, in characters.</summary>
    public const int ConditionLength = 2_000;

    /// <summary>Deepest nesting of a condition.</summary>
    public const int ConditionDepth = 32;

    /// <summary>Deepest path of a template or condition, in segments.</summary>
    public const int PathSegments = 16;

    /// <summary>Headers of an http step.</summary>
    public const int StepHeaders = 50;

    /// <summary>Longest rendered header value, in characters.</summary>
    public const int HeaderLength = 8_192;

    /// <summary>Longest rendered URL, in characters.</summary>
    public const int UrlLength = 8_192;

    /// <summary>Longest time for one attempt of an outside step.</summary>
    public const int StepTimeoutSeconds = 120;

    /// <summary>Time for one attempt when the step does not say.</summary>
    public const int StepTimeoutDefaultSeconds = 20;

    /// <summary>Attempts of an outside step.</summary>
    public const int RetryAttempts = 10;

    /// <summary>Attempts when the step does not say.</summary>
    public const int RetryAttemptsDefault = 3;

    /// <summary>Longest first delay between attempts.</summary>
    public const double RetryBackoffSeconds = 3_600;

    /// <summary>First delay between attempts when the step does not say.</summary>
    public const double RetryBackoffDefaultSeconds = 2;

    /// <summary>Longest delay between two attempts, however often the backoff doubled and whatever the other side asks for.</summary>
    public const double RetryDelaySeconds = 24 * 3_600;

    /// <summary>Up to this delay a record waits for its next attempt in memory; a longer one is stored as a durable wait.</summary>
    public const double RetryInlineSeconds = 10;

    /// <summary>Longest wait of a wait step: 366 days.</summary>
    public const double WaitSeconds = 366 * 24 * 3_600;

    /// <summary>Longest disposition, in characters.</summary>
    public const int DispositionLength = 200;

    /// <summary>Journey entries of one record; more fail it, which ends a loop that would never end.</summary>
    public const int JourneyEntries = 1_000;

    /// <summary>Longest message of a journey entry.</summary>
    public const int JourneyMessageBytes = 2_048;

    /// <summary>Largest output of one record; more fail it.</summary>
    public const int RecordOutputBytes = 256 * 1024;

    /// <summary>Longest cron expression, in characters.</summary>
    public const int CronLength = 200;

    // Jobs

    /// <summary>Lanes of a job.</summary>
    public const int JobLanes = 4;

    /// <summary>Records that are worth a lane of their own.</summary>
    public const int LaneRecords = 2_000;

    /// <summary>Starts a second that keep a lane busy.</summary>
    public const int LaneRatePerSecond = 500;

    /// <summary>Outcomes a lane gathers into one commit.</summary>
    public const int LaneCommitRecords = 1_000;

    /// <summary>Bytes of outcomes a lane gathers into one commit.</summary>
    public const int LaneCommitBytes = 4 * 1024 * 1024;

    /// <summary>Records whose wait is over that a lane fetches at a time.</summary>
    public const int LaneWakeRecords = 500;

    /// <summary>Longest time an outcome waits for others to be committed with, in milliseconds.</summary>
    public const int LaneCommitMilliseconds = 50;

    /// <summary>How far a lane runs ahead of its oldest record in flight.</summary>
    public const int LaneWindow = 10_000;

    /// <summary>Rows a lane reads at a time, and reads ahead.</summary>
    public const int LaneReadRows = 1_000;

    /// <summary>Records in flight get this long to end when their node stops, in milliseconds; then they are cancelled, and run again later.</summary>
    public const int LaneDrainMilliseconds = 2_000;

    /// <summary>Jobs of a spinner that share its concurrency at a time; more wait as queued.</summary>
    public const int JobsSharing = 4;

    /// <summary>Unfinished jobs of a spinner; more are refused as unavailable.</summary>
    public const int JobsUnfinished = 1_000;

    /// <summary>Rows that a run may select.</summary>
    public const int RunRows = 10_000;

    /// <summary>How often a running job hears its lanes and its spinner, in milliseconds.</summary>
    public const int JobPulseMilliseconds = 250;

    /// <summary>How often a running job's counts are written for lists, in milliseconds.</summary>
    public const int JobProgressMilliseconds = 1_000;

    /// <summary>A job that was silent this long holds nothing of its spinner's concurrency any more, in seconds.</summary>
    public const int ShareLeaseSeconds = 10;

    /// <summary>How long a cancel waits for the job to wind up before it answers.</summary>
    public static readonly TimeSpan CancelWait = TimeSpan.FromSeconds(2);

    // Calls outside

    /// <summary>Largest body of an answer, after decompression.</summary>
    public const int OutboundResponseBytes = 1024 * 1024;

    /// <summary>Largest headers of an answer.</summary>
    public const int OutboundHeaderBytes = 32 * 1024;

    /// <summary>Slowest answer that is still read, once <see cref="OutboundGraceSeconds"/> have passed.</summary>
    public const int OutboundBytesPerSecond = 100;

    /// <summary>How long an answer may be slow.</summary>
    public const int OutboundGraceSeconds = 10;

    /// <summary>Connections to one host and port at a time; more calls wait within their own time.</summary>
    public const int OutboundConnections = 256;

    /// <summary>Names looked up at a time; each may hold a thread.</summary>
    public const int OutboundLookUps = 16;

    /// <summary>Longest mail address, in characters (RFC 5321).</summary>
    public const int MailAddressLength = 254;

    /// <summary>Longest mail text, in characters.</summary>
    public const int MailTextLength = 256 * 1024;

    // Store

    /// <summary>Changes gathered into one database transaction.</summary>
    public const int CommitBatch = 1_024;

    /// <summary>Changes that may wait for the writer; more are refused as unavailable.</summary>
    public const int CommitWaiting = 100_000;

    /// <summary>Bytes gathered into one database transaction; a change is never split.</summary>
    public const int CommitBytes = 16 * 1024 * 1024;

    /// <summary>Bytes that may wait for the writer; more are refused as unavailable.</summary>
    public const int CommitWaitingBytes = 256 * 1024 * 1024;

    /// <summary>Time between two rounds of erasing what has outlived its time.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    /// <summary>Rows that one step of erasing takes; commits of others go between two steps.</summary>
    public const int SweepRows = 256;

    /// <summary>Row segments that one step of erasing takes: they are large (<see cref="SegmentBytes"/>).</summary>
    public const int SweepSegments = 8;

    // Streams of progress

    /// <summary>Time between two looks at a job that a client follows.</summary>
    public static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>A stream with nothing to tell says so this often, so that nobody on the way takes it for dead.</summary>
    public static readonly TimeSpan StreamHeartbeat = TimeSpan.FromSeconds(15);
}
