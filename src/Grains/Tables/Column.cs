namespace Troupe.Tables;

/// <summary>What a column holds [records-api.md, FieldTypes]. Null is allowed in every column.</summary>
public enum ColumnType
{
    /// <summary>Any scalar, kept as it came; a field of a CSV file is text.</summary>
    String,

    /// <summary>As <see cref="String"/>; a hint that the text has several lines.</summary>
    Textarea,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A whole number of 64 bits, with sign.</summary>
    Int,

    /// <summary>A finite number.</summary>
    Double,

    /// <summary>ISO 8601 date and time, the zone optional (<see cref="IsoTime.IsDateTime"/>).</summary>
    Datetime,

    /// <summary>ISO 8601 date (<see cref="IsoTime.IsDate"/>).</summary>
    Date,

    /// <summary>A list of scalars; in a CSV file the field holds a JSON array.</summary>
    List,
}

/// <summary>A column of a data table.</summary>
/// <param name="Name">Unique in the table, case-sensitive, at most <see cref="Limits.ColumnNameLength"/> characters.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Metadata">Whether its values enter a record's payload on a run. When no column says so, all do.</param>
public sealed record Column(string Name, ColumnType Type = ColumnType.String, bool Metadata = false);

/// <summary>A column as callers send it; the type is <c>string</c> when unsaid.</summary>
public sealed record ColumnDraft(string? Name, string? Type = null, bool? Metadata = null);

/// <summary>The rules of column sets, the same for drafts and for the header of a CSV file.</summary>
public static class ColumnRules
{
    private static readonly Dictionary<string, ColumnType> Types = Enum.GetValues<ColumnType>().ToDictionary(type => type.ToString().ToLowerInvariant());

    /// <summary>The name a type goes by in the API.</summary>
    public static string Name(ColumnType type) => type.ToString().ToLowerInvariant();

    /// <summary>Checks drafts one by one and as a set; every problem is reported with its path.</summary>
    public static Outcome<IReadOnlyList<Column>> Check(IReadOnlyList<ColumnDraft?> drafts)
    {
        var errors = new List<FieldError>();
        var columns = new List<Column>(drafts.Count);
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            var type = ColumnType.String;
            if (draft?.Type is { } named && !Types.TryGetValue(named, out type))
            {
                errors.Add(new($"columns[{i}].type", $"'{Cut(named)}' is not a column type; use one of {string.Join(", ", Types.Keys)}."));
            }

            columns.Add(new(draft?.Name ?? "", type, draft?.Metadata ?? false));
        }

        errors.AddRange(Problems(columns.ConvertAll(column => column.Name)).Select(p => new FieldError($"columns[{p.Index}].name", p.Message)));
        return errors.Count > 0 ? Failure.Invalid(errors) : columns;
    }

    /// <summary>What is wrong with a set of names: empty, too long, control characters, blanks around, twice, too many.</summary>
    public static IEnumerable<(int Index, string Message)> Problems(IReadOnlyList<string> names)
    {
        if (names.Count > Limits.Columns)
        {
            yield return (Limits.Columns, $"A table has at most {Limits.Columns} columns; this is {names.Count}.");
            yield break;
        }

        var seen = new HashSet<string>(names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            if (Problem(names[i]) is { } problem)
            {
                yield return (i, problem);
            }
            else if (!seen.Add(names[i]))
            {
                yield return (i, $"The column name '{names[i]}' occurs twice.");
            }
        }
    }

    private static string? Problem(string name) => name switch
    {
        "" => "A column needs a name.",
        { Length: > Limits.ColumnNameLength } => $"A column name has at most {Limits.ColumnNameLength} characters.",
        _ when name.AsSpan().ContainsAnyInRange('\0', '\u001f') => "A column name has no control characters.",
        _ when name.Trim().Length != name.Length => "A column name has no blanks at its ends.",
        _ => null,
    };

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
