using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Troupe.Tables;

/// <summary>Reads the body of an ingest request, <c>{"dataTableId": "…", "records": [{…}]}</c> [ingest-api.md section 4], as a stream of UTF-8 slices: no
/// document is built, a value is copied once, from the body to its place in the row.</summary>
public static class IngestBody
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = Limits.JsonDepth };

    /// <summary>The table the body names. Looks no further than it must: what follows is checked by <see cref="Rows"/>.</summary>
    public static Outcome<Guid> TableOf(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return NotText;
        }

        try
        {
            return Find(new(SkipMark(body), Strict));
        }
        catch (JsonException e)
        {
            return Malformed(e);
        }
        catch (InvalidOperationException)
        {
            return NotText;
        }
    }

    /// <summary>Checks the whole body and writes its records as rows.</summary>
    /// <param name="body">The body.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="named">Whether the body names the table, as it does on the route with a key and must not on the route with a token.</param>
    /// <param name="rows">Takes the rows; what it holds after a refusal is to be thrown away.</param>
    /// <returns>The number of rows.</returns>
    public static Outcome<int> Rows(ReadOnlySpan<byte> body, ColumnSet columns, bool named, Utf8Buffer rows)
    {
        if (columns.Count == 0)
        {
            return DataTable.NoSchema;
        }

        if (!Utf8.IsValid(body))
        {
            return NotText;
        }

        var scratch = ArrayPool<int>.Shared.Rent(RecordReader.Scratch(columns.Count));
        try
        {
            var reader = new Utf8JsonReader(SkipMark(body), Strict);
            var records = new RecordReader(SkipMark(body), columns, rows, scratch);
            return Members(ref reader, ref records, named);
        }
        catch (JsonException e)
        {
            return Malformed(e);
        }
        catch (InvalidOperationException)
        {
            return NotText; // a name with half a surrogate
        }
        finally
        {
            ArrayPool<int>.Shared.Return(scratch);
        }
    }

    private static Outcome<Guid> Find(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return Shape("the body is not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var named = reader.ValueTextEquals("dataTableId"u8);
            reader.Read();
            if (named)
            {
                return reader.TokenType == JsonTokenType.String && Guid.TryParseExact(reader.GetString(), "D", out var id)
                    ? id
                    : Shape("'dataTableId' is not a UUID");
            }

            reader.Skip();
        }

        return Shape("'dataTableId' is missing");
    }

    private static Outcome<int> Members(ref Utf8JsonReader reader, ref RecordReader records, bool named)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return Shape("the body is not an object");
        }

        var (seenTable, count) = (!named, -1);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!seenTable && reader.ValueTextEquals("dataTableId"u8))
            {
                seenTable = true;
                reader.Read();
            }
            else if (count < 0 && reader.ValueTextEquals("records"u8))
            {
                var read = records.All(ref reader);
                if (!read.Ok)
                {
                    return read;
                }

                count = read.Value;
            }
            else
            {
                return Shape($"it has '{reader.GetString()}', which is unknown here or occurs twice");
            }
        }

        reader.Read(); // refuses anything but blanks behind the object
        return count < 0 ? Shape("'records' is missing") : count;
    }

    private static ReadOnlySpan<byte> SkipMark(ReadOnlySpan<byte> body) => body.StartsWith("\uFEFF"u8) ? body[3..] : body;

    private static Failure NotText => new(Refusal.Malformed, "malformed_json", "The body is not valid UTF-8 text.");

    private static Failure Shape(string problem) =>
        new(Refusal.Invalid, "invalid_body", $"The body must be an object with 'records' and, on the route with a key, 'dataTableId': {problem}.");

    private static Failure Malformed(JsonException e) => new(Refusal.Malformed, "malformed_json",
        $"The body is not JSON, or is nested deeper than {Limits.JsonDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
}
