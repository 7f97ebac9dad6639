using System.Text.Json;

namespace Troupe.Tables;

/// <summary>The strict check of one JSON value against a column. Values are kept as they came, so this is the last time anybody looks at them before they
/// are stored.</summary>
public static class JsonValue
{
    /// <summary>Longest JSON number, in characters: more than any number type holds, fewer than make later readers stumble.</summary>
    private const int NumberLength = 64;

    /// <summary>Digits without exponent that are always a finite number.</summary>
    private const int SurelyFinite = 16;

    /// <summary>Checks the value the reader stands on and moves to its last token.</summary>
    /// <returns>What is wrong, as the end of a sentence that begins with the column; null when nothing is.</returns>
    public static string? Check(ref Utf8JsonReader reader, ColumnType type)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return "is an object; a record is flat.";
            case JsonTokenType.StartArray when type != ColumnType.List:
                return "is a list; the column holds single values.";
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String when reader.ValueIsEscaped && !EscapesAreText(reader.ValueSpan):
                return "has an escaped surrogate without its other half, which is no text.";
            case JsonTokenType.Number when !IsSane(ref reader):
                return $"is a number out of range (more than {NumberLength} characters, or not finite).";
        }

        return type is ColumnType.String or ColumnType.Textarea ? null : CheckTyped(ref reader, type);
    }

    /// <summary>Copies a list without the blanks between its elements, among which may be line feeds. Gives the number of bytes written.</summary>
    public static int Compact(ReadOnlySpan<byte> list, Span<byte> to)
    {
        var (at, quoted) = (0, false);
        for (var i = 0; i < list.Length; i++)
        {
            var c = list[i];
            if (quoted && c == '\\')
            {
                to[at++] = c;
                c = list[++i];
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            {
                continue;
            }

            to[at++] = c;
        }

        return at;
    }

    private static string? CheckTyped(ref Utf8JsonReader reader, ColumnType type)
    {
        var token = reader.TokenType;
        return type switch
        {
            ColumnType.Boolean => token is JsonTokenType.True or JsonTokenType.False ? null : "is not true or false.",
            ColumnType.Int => token == JsonTokenType.Number && reader.TryGetInt64(out _) ? null : "is not a whole number of 64 bits.",
            ColumnType.Double => token == JsonTokenType.Number ? null : "is not a number.",
            ColumnType.Date => Matches(ref reader, IsoTime.IsDate) ? null : "is not an ISO 8601 date (YYYY-MM-DD).",
            ColumnType.Datetime => Matches(ref reader, IsoTime.IsDateTime) ? null : "is not an ISO 8601 date and time (YYYY-MM-DDThh:mm:ssZ).",
            _ => token == JsonTokenType.StartArray ? CheckList(ref reader) : "is not a list.",
        };
    }

    private static string? CheckList(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Check(ref reader, ColumnType.String) is { } problem)
            {
                return $"has an element that {problem}";
            }
        }

        return null;
    }

    private delegate bool Form(ReadOnlySpan<byte> text);

    private static bool Matches(ref Utf8JsonReader reader, Form form)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > 256)
        {
            return false;
        }

        if (!reader.ValueIsEscaped)
        {
            return form(reader.ValueSpan);
        }

        // Some writers escape the plus of a time zone.
        Span<byte> text = stackalloc byte[256];
        return form(text[..reader.CopyString(text)]);
    }

    private static bool IsSane(ref Utf8JsonReader reader)
    {
        var digits = reader.ValueSpan;
        return digits.Length <= SurelyFinite && !digits.ContainsAny((byte)'e', (byte)'E')
            || (digits.Length <= NumberLength && reader.TryGetDouble(out var value) && double.IsFinite(value));
    }

    /// <summary>False when a <c>\uD800</c> to <c>\uDFFF</c> stands alone: the JSON grammar allows it, but no text has it.</summary>
    private static bool EscapesAreText(ReadOnlySpan<byte> raw)
    {
        for (var at = raw.IndexOf((byte)'\\'); at >= 0; at = raw.IndexOf((byte)'\\'))
        {
            raw = raw[at..];
            var length = raw[1] == 'u' ? 6 : 2;
            if (length == 6 && Hex(raw[2..6]) is >= 0xD800 and <= 0xDFFF and var first)
            {
                if (first >= 0xDC00 || raw.Length < 12 || raw[6] != '\\' || raw[7] != 'u' || Hex(raw[8..12]) is < 0xDC00 or > 0xDFFF)
                {
                    return false;
                }

                length = 12;
            }

            raw = raw[length..];
        }

        return true;
    }

    private static int Hex(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return value;
    }
}
