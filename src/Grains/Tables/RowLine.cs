using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Troupe.Tables;

/// <summary>A stored row: a JSON array on a line, values in the order of the columns.</summary>
public static class RowLine
{
    /// <summary>Finds the values of a row; gives their number.</summary>
    public static int Split(ReadOnlySpan<byte> line, Span<Range> values)
    {
        var reader = new Utf8JsonReader(line);
        var count = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var begin = (int)reader.TokenStartIndex;
            reader.Skip();
            values[count++] = begin..(int)reader.BytesConsumed;
        }

        return count;
    }

    /// <summary>Whether a value is what a filter asks for: a text that is the same, a number that is equal, <c>true</c> or <c>false</c>, a list that holds
    /// such a value; an empty filter asks for empty texts and null.</summary>
    public static bool Is(ReadOnlySpan<byte> value, string wanted)
    {
        var reader = new Utf8JsonReader(value);
        while (reader.Read())
        {
            var same = reader.TokenType switch
            {
                JsonTokenType.String => reader.ValueTextEquals(wanted),
                JsonTokenType.Null => wanted.Length == 0,
                JsonTokenType.True => wanted == "true",
                JsonTokenType.False => wanted == "false",
                JsonTokenType.Number => IsNumber(ref reader, wanted),
                _ => false,
            };
            if (same)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNumber(ref Utf8JsonReader reader, string wanted) =>
        Encoding.UTF8.GetString(reader.ValueSpan) == wanted
        || (decimal.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && reader.TryGetDecimal(out var value) && value == number);
}
