using System.Text.Json;

namespace Troupe.Tables;

/// <summary>Reads the list of records of an ingest body and writes each as a row in the order of the columns.</summary>
/// <param name="body">The text that the reader walks.</param>
/// <param name="columns">The columns.</param>
/// <param name="rows">Takes the rows.</param>
/// <param name="scratch">At least <see cref="Scratch"/> numbers of any content.</param>
public ref struct RecordReader(ReadOnlySpan<byte> body, ColumnSet columns, Utf8Buffer rows, int[] scratch)
{
    private readonly ReadOnlySpan<byte> _body = body;

    // Per column: begin and end of its value in the record at hand, and the record (from 1) that had it last; per position: the column found there last.
    private readonly Span<int> _begin = scratch.AsSpan(0, columns.Count);
    private readonly Span<int> _end = scratch.AsSpan(columns.Count, columns.Count);
    private readonly Span<int> _record = scratch.AsSpan(2 * columns.Count, columns.Count);
    private readonly Span<int> _order = scratch.AsSpan(3 * columns.Count, columns.Count);

    /// <summary>Numbers that a reader of so many columns needs.</summary>
    public static int Scratch(int columns) => 4 * columns;

    /// <summary>Reads the value of <c>records</c>; the reader stands on its name. Gives the number of rows.</summary>
    public Outcome<int> All(ref Utf8JsonReader reader)
    {
        _record.Clear();
        for (var i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return BatchSize("'records' is not a list");
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == Limits.IngestRecords)
            {
                return BatchSize("there are more");
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Invalid(count, null, $"Record {count} is not an object.");
            }

            if (One(ref reader, count) is { } failure)
            {
                return failure;
            }

            count++;
        }

        return count == 0 ? BatchSize("there is none") : count;
    }

    private Failure? One(ref Utf8JsonReader reader, int index)
    {
        var begin = (int)reader.TokenStartIndex;
        var found = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var guess = found < _order.Length ? _order[found] : -1;
            var column = columns.Find(ref reader, guess);
            if (column < 0)
            {
                return Mismatch(begin, index);
            }

            if (_record[column] == index + 1)
            {
                return Invalid(index, columns.Names[column], $"Record {index} has column '{columns.Names[column]}' twice.");
            }

            (_record[column], _order[found++]) = (index + 1, column);
            reader.Read();
            _begin[column] = (int)reader.TokenStartIndex;
            if (JsonValue.Check(ref reader, columns.Type(column)) is { } problem)
            {
                return Invalid(index, columns.Names[column], $"Record {index}, column '{columns.Names[column]}': the value {problem}");
            }

            _end[column] = (int)reader.BytesConsumed;
        }

        if (found < columns.Count)
        {
            return Mismatch(begin, index);
        }

        WriteRow();
        return null;
    }

    private readonly void WriteRow()
    {
        var length = 2;
        for (var i = 0; i < _begin.Length; i++)
        {
            length += _end[i] - _begin[i] + 1;
        }

        var room = rows.Room(length);
        room[0] = (byte)'[';
        var at = 1;
        for (var i = 0; i < _begin.Length; i++)
        {
            var value = _body[_begin[i].._end[i]];
            at += columns.Type(i) == ColumnType.List ? JsonValue.Compact(value, room[at..]) : Copy(value, room[at..]);
            room[at++] = (byte)',';
        }

        room[at - 1] = (byte)']';
        room[at] = (byte)'\n';
        rows.Advance(at + 1);
    }

    private static int Copy(ReadOnlySpan<byte> value, Span<byte> to)
    {
        value.CopyTo(to);
        return value.Length;
    }

    private readonly Failure Mismatch(int begin, int index)
    {
        var reader = new Utf8JsonReader(_body[begin..], new JsonReaderOptions { MaxDepth = Limits.JsonDepth });
        var received = new List<string>();
        reader.Read();
        while (received.Count <= Limits.Columns && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            received.Add(name.Length <= Limits.ColumnNameLength ? name : name[..Limits.ColumnNameLength]);
            reader.Skip();
        }

        return SchemaMismatch.Of(columns.Names, received, $"Record {index} does not have the columns of the table.").With("index", index);
    }

    private static Failure Invalid(int index, string? column, string message)
    {
        var failure = new Failure(Refusal.Invalid, "invalid_record", message).With("index", index);
        return column is null ? failure : failure.With("column", column);
    }

    private static Failure BatchSize(string problem) =>
        new(Refusal.Invalid, "batch_size", $"'records' is a list of 1 to {Limits.IngestRecords} records: {problem}.");
}

/// <summary>The refusal of rows whose columns are not the table's.</summary>
public static class SchemaMismatch
{
    /// <summary>Makes it, with the table's names in <c>expected</c> and those that came in <c>received</c>.</summary>
    public static Failure Of(IReadOnlyList<string> expected, IReadOnlyList<string> received, string message) =>
        new Failure(Refusal.Malformed, "schema_mismatch", message).With("expected", expected).With("received", received);
}
