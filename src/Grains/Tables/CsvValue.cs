using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Troupe.Tables;

/// <summary>Turns the text of a CSV field into the JSON value of its column. An empty field is an empty text in a text column and null in any other.</summary>
public static class CsvValue
{
    /// <summary>Writes the value, or says what is wrong as the end of a sentence; null when nothing is.</summary>
    public static string? Write(Utf8Buffer rows, ReadOnlySpan<byte> field, ColumnType type)
    {
        if (type is ColumnType.String or ColumnType.Textarea)
        {
            rows.WriteString(field);
            return null;
        }

        if (field.IsEmpty)
        {
            rows.Write("null"u8);
            return null;
        }

        var written = type switch
        {
            ColumnType.Boolean => Boolean(rows, field),
            ColumnType.Int => Int(rows, field),
            ColumnType.Double => Double(rows, field),
            ColumnType.List => List(rows, field),
            ColumnType.Date => IsoTime.IsDate(field) && Text(rows, field),
            _ => IsoTime.IsDateTime(field) && Text(rows, field),
        };
        return written ? null : $"'{CsvDialect.Excerpt(field)}' is not {Wanted(type)}";
    }

    private static string Wanted(ColumnType type) => type switch
    {
        ColumnType.Boolean => "true or false",
        ColumnType.Int => "a whole number of 64 bits",
        ColumnType.Double => "a finite number with a decimal point",
        ColumnType.List => "a JSON list of single values",
        ColumnType.Date => "an ISO 8601 date (YYYY-MM-DD)",
        _ => "an ISO 8601 date and time (YYYY-MM-DDThh:mm:ssZ)",
    };

    private static bool Text(Utf8Buffer rows, ReadOnlySpan<byte> field)
    {
        rows.WriteString(field);
        return true;
    }

    private static bool Boolean(Utf8Buffer rows, ReadOnlySpan<byte> field)
    {
        var yes = Ascii.EqualsIgnoreCase(field, "true"u8);
        if (yes || Ascii.EqualsIgnoreCase(field, "false"u8))
        {
            rows.Write(yes ? "true"u8 : "false"u8);
            return true;
        }

        return false;
    }

    private static bool Int(Utf8Buffer rows, ReadOnlySpan<byte> field)
    {
        if (!Utf8Parser.TryParse(field, out long value, out var used) || used != field.Length)
        {
            return false;
        }

        Utf8Formatter.TryFormat(value, rows.Room(32), out var length);
        rows.Advance(length);
        return true;
    }

    private static bool Double(Utf8Buffer rows, ReadOnlySpan<byte> field)
    {
        if (!Utf8Parser.TryParse(field, out double value, out var used) || used != field.Length || !double.IsFinite(value))
        {
            return false;
        }

        Utf8Formatter.TryFormat(value, rows.Room(64), out var length);
        rows.Advance(length);
        return true;
    }

    private static bool List(Utf8Buffer rows, ReadOnlySpan<byte> field)
    {
        try
        {
            var reader = new Utf8JsonReader(field, new JsonReaderOptions { MaxDepth = Limits.JsonDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || JsonValue.Check(ref reader, ColumnType.List) is not null)
            {
                return false;
            }

            reader.Read(); // throws when something follows
            rows.Advance(JsonValue.Compact(field, rows.Room(field.Length)));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
