using System.Text;

namespace Troupe.Tables;

/// <summary>What differs between CSV files, and how a refused one is told.</summary>
public static class CsvDialect
{
    private static readonly byte[] Known = [(byte)',', (byte)';', (byte)'\t'];

    /// <summary>Reads the name of a delimiter: the character itself, or <c>comma</c>, <c>semicolon</c>, <c>tab</c>. Null leaves it to <see cref="Detect"/>,
    /// as 0.</summary>
    public static Outcome<byte> Delimiter(string? name) => name switch
    {
        null => (byte)0,
        "," or "comma" => (byte)',',
        ";" or "semicolon" => (byte)';',
        "\t" or "tab" => (byte)'\t',
        _ => Failure.Invalid("delimiter", "The delimiter is comma, semicolon or tab."),
    };

    /// <summary>The delimiter of a file by its first line: the one of comma, semicolon and tab that occurs there outside quotes. A line without any is a
    /// single column; a line with two kinds is ambiguous and refused.</summary>
    public static Outcome<byte> Detect(ReadOnlySpan<byte> line)
    {
        byte found = 0;
        var quoted = false;
        foreach (var c in line)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c != found && Known.AsSpan().Contains(c))
            {
                if (found != 0)
                {
                    return new Failure(Refusal.Malformed, "delimiter_ambiguous",
                        "The first line holds more than one of comma, semicolon and tab outside quotes; say which one it is: ?delimiter=comma.");
                }

                found = c;
            }
        }

        return found == 0 ? (byte)',' : found;
    }

    /// <summary>The first line of a text, up to a line feed outside quotes; false when it has not come yet.</summary>
    public static bool FirstLine(ReadOnlySpan<byte> text, bool over, out ReadOnlySpan<byte> line)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            if (text[i] == '\n' && !quoted)
            {
                line = text[..i];
                return true;
            }
        }

        line = text;
        return over;
    }

    /// <summary>The refusal of a file: it cannot be read as rows of the table.</summary>
    /// <param name="line">The line on which the record begins, or the quote in question opens; from 1.</param>
    /// <param name="column">Position of the field in its record, from 1.</param>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    /// <param name="name">The column's name, where it is known.</param>
    public static Failure Invalid(long line, int column, string problem, string? name = null)
    {
        var where = name is null ? $"column {column}" : $"column {column} ('{name}')";
        var failure = new Failure(Refusal.Malformed, "invalid_csv", $"Line {line}, {where}: {problem}.").With("line", line).With("column", column);
        return name is null ? failure : failure.With("column_name", name);
    }

    /// <summary>The text of a field, cut for a message.</summary>
    public static string Excerpt(ReadOnlySpan<byte> field)
    {
        var text = Encoding.UTF8.GetString(field[..Math.Min(field.Length, 160)]);
        return text.Length <= 40 ? text : text[..40] + "…";
    }
}
