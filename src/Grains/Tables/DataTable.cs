namespace Troupe.Tables;

/// <summary>A data table as callers send it. Absent members mean "none" on creation and "as it was" on a change.</summary>
/// <param name="Name">Required on creation, at most <see cref="Limits.NameLength"/> characters.</param>
/// <param name="Columns">On creation only; later the columns come from an import.</param>
/// <param name="MetadataFields">The columns that enter a record's payload; an empty list stands for all. Affects later runs only.</param>
public sealed record DataTableDraft(string? Name = null, IReadOnlyList<ColumnDraft?>? Columns = null, IReadOnlyList<string?>? MetadataFields = null);

/// <summary>The ingest webhook of a table that has one.</summary>
/// <param name="Hash">SHA-256 of the token, hexadecimal: the token itself is shown once and kept nowhere.</param>
/// <param name="CreatedAt">When this token was made.</param>
public sealed record IngestWebhook(string Hash, DateTimeOffset CreatedAt);

/// <summary>A managed spreadsheet: source rows of one structure. Results of runs are never here [ingest-api.md section 6].</summary>
/// <param name="Name">What people call it; need not be unique.</param>
/// <param name="Columns">In the order of a row's values; empty until declared or fixed by the first import.</param>
/// <param name="Log">The row log that holds the rows now. A replacing import moves the table to a new log.</param>
/// <param name="RowCount">Rows in the log; also the sequence number of the last, for rows are only ever appended.</param>
/// <param name="Schema">Grows whenever the columns change, so that rows read against older columns are recognised.</param>
/// <param name="Webhook">The ingest webhook; null when there is none.</param>
public sealed record DataTable(
    string Name, IReadOnlyList<Column> Columns, string Log = "", long RowCount = 0, int Schema = 1, IngestWebhook? Webhook = null)
    : IResource<DataTable, DataTableDraft>
{
    /// <summary>Ids are bare UUIDs: the ingest contract sends them as <c>dataTableId</c>.</summary>
    public static Kind Kind => new("data_table", Prefix: "");

    /// <summary>None: every ingest writes this record, so it carries no index beyond its key.</summary>
    public static Facet<DataTable>[] Facets => [];

    /// <summary>None, for the same reason.</summary>
    public static Func<DataTable, string?>[] Search => [t => t.Name];

    /// <summary>The columns that enter a record's payload: the chosen ones, or all when none is chosen.</summary>
    public IReadOnlyList<string> MetadataFields()
    {
        var chosen = Columns.Where(column => column.Metadata).Select(column => column.Name).ToList();
        return chosen.Count > 0 ? chosen : [.. Columns.Select(column => column.Name)];
    }

    static Outcome<DataTable> IResource<DataTable, DataTableDraft>.Create(DataTableDraft draft, Act act) => Create(draft);

    Outcome<DataTable> IResource<DataTable, DataTableDraft>.Change(DataTableDraft draft, Act act) => Change(draft);

    /// <summary>Decides a new table.</summary>
    public static Outcome<DataTable> Create(DataTableDraft draft)
    {
        var name = CheckName(draft.Name ?? "");
        var columns = ColumnRules.Check(draft.Columns ?? []);
        if (name is not null || !columns.Ok)
        {
            return Failure.Invalid([.. name is null ? [] : new[] { name }, .. columns.Failure?.Fields ?? []]);
        }

        var table = new DataTable(draft.Name!, columns.Value);
        return draft.MetadataFields is null ? table : table.Choose(draft.MetadataFields);
    }

    /// <summary>Decides another name or other metadata fields.</summary>
    public Outcome<DataTable> Change(DataTableDraft draft)
    {
        if (draft.Columns is not null)
        {
            return Failure.Invalid("columns", "Columns are declared when the table is made, or come from an import; they can't be changed here.");
        }

        if (draft.Name is not null && CheckName(draft.Name) is { } problem)
        {
            return Failure.Invalid([problem]);
        }

        var named = draft.Name is null ? this : this with { Name = draft.Name };
        return draft.MetadataFields is null ? named : named.Choose(draft.MetadataFields);
    }

    /// <summary>The answer for a token that is not, or no longer, a table's.</summary>
    public static Failure NoWebhook =>
        new(Refusal.Missing, "ingest_webhook_not_found", "No such ingest webhook: the token is unknown, was rotated, or the webhook was disabled.");

    /// <summary>Whether a token, by its hash, is the webhook's.</summary>
    public bool Admits(string tokenHash) => Webhook is { } webhook && IngestToken.Same(webhook.Hash, tokenHash);

    /// <summary>Whether a batch may come in: one that an API key brought may, one that a token brought if the token is still the webhook's.</summary>
    public bool Admits(IngestBatch batch) => batch.TokenHash is null || Admits(batch.TokenHash);

    /// <summary>The table after rows were appended.</summary>
    public DataTable Appended(long rows) => this with { RowCount = RowCount + rows };

    /// <summary>Why a CSV file may not come in now; null when it may.</summary>
    public Failure? RefuseImport(ImportMode mode) => mode switch
    {
        ImportMode.First when RowCount > 0 =>
            Failure.Conflict("table_not_empty", $"The table has {RowCount} rows; append to it, or import with ?replace=true."),
        ImportMode.Append when Columns.Count == 0 => NoSchema,
        _ => null,
    };

    /// <summary>The refusal of rows for a table without columns.</summary>
    public static Failure NoSchema =>
        new(Refusal.Malformed, "table_has_no_schema", "The table has no columns yet: import a CSV file first, or declare columns when you make it.");

    /// <summary>The table after a staged file was taken over; refused when it is no longer what the file was staged for.</summary>
    public Outcome<DataTable> Imported(StagedRows staged)
    {
        var ticket = staged.Ticket;
        if (RefuseImport(ticket.Mode) is { } failure)
        {
            return failure;
        }

        if (ticket.Schema != Schema)
        {
            return Failure.Conflict("table_changed", "The table's columns changed while the file came in; nothing of it was kept. Send it again.");
        }

        if (ticket.Mode == ImportMode.Append)
        {
            return Appended(staged.Count);
        }

        // What was chosen as metadata while the file came in stays chosen.
        Column[] columns = [.. staged.Columns.Select(column => Columns.FirstOrDefault(own => own.Name == column.Name) ?? column)];
        return this with { Log = ticket.Stage, RowCount = staged.Count, Columns = columns, Schema = columns.SequenceEqual(Columns) ? Schema : Schema + 1 };
    }

    private Outcome<DataTable> Choose(IReadOnlyList<string?> fields)
    {
        var known = Columns.Select(column => column.Name).ToHashSet();
        var unknown = fields.Select((name, i) => (name, i)).Where(field => field.name is null || !known.Contains(field.name))
            .Select(field => new FieldError($"metadata_fields[{field.i}]", $"The table has no column '{field.name}'.")).ToList();
        return unknown.Count > 0
            ? Failure.Invalid(unknown)
            : this with { Columns = [.. Columns.Select(column => column with { Metadata = fields.Contains(column.Name) })] };
    }

    private static FieldError? CheckName(string name) =>
        string.IsNullOrWhiteSpace(name) || name.Length > Limits.NameLength
            ? new("name", $"A table needs a name of 1 to {Limits.NameLength} characters.")
            : null;
}
