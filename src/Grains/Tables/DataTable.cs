namespace Troupe.Tables;

/// <summary>A data table as callers send it. Absent members mean "none" on creation and "as it was" on a change.</summary>
/// <param name="Name">Required on creation, at most <see cref="Limits.NameLength"/> characters.</param>
/// <param name="Columns">On creation only; later the columns come from an import.</param>
/// <param name="MetadataFields">The columns that enter a record's payload; an empty list stands for all. Affects later runs only.</param>
public sealed record DataTableDraft(string? Name = null, IReadOnlyList<ColumnDraft>? Columns = null, IReadOnlyList<string>? MetadataFields = null);

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
    public static Func<DataTable, string?>[] Search => [];

    /// <summary>The columns that enter a record's payload: the chosen ones, or all when none is chosen.</summary>
    public IReadOnlyList<string> MetadataFields()
    {
        var chosen = Columns.Where(column => column.Metadata).Select(column => column.Name).ToList();
        return chosen.Count > 0 ? chosen : [.. Columns.Select(column => column.Name)];
    }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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

    /// <summary>The table after rows were appended.</summary>
    public DataTable Appended(long rows) => this with { RowCount = RowCount + rows };

    /// <summary>The table after a staged file took the place of its rows.</summary>
    public DataTable Replaced(string log, long rows, IReadOnlyList<Column> columns) =>
        this with { Log = log, RowCount = rows, Columns = columns, Schema = columns.SequenceEqual(Columns) ? Schema : Schema + 1 };

    private Outcome<DataTable> Choose(IReadOnlyList<string> fields)
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
