using System.Buffers;

namespace Troupe.Tables;

/// <summary>What <see cref="CsvReader.Next"/> came to.</summary>
public enum CsvStep
{
    /// <summary>A record is there; its fields are good until the next step.</summary>
    Record,

    /// <summary>The buffer holds no whole record: call <see cref="CsvReader.Fill"/> and try again.</summary>
    More,

    /// <summary>The file is over.</summary>
    End,

    /// <summary>The file is refused: <see cref="CsvReader.Failure"/>.</summary>
    Refused,
}

/// <summary>Where a field stands in the reader's buffer, its outer quotes left out.</summary>
/// <param name="Begin">Index of its first byte.</param>
/// <param name="Length">Its length.</param>
/// <param name="Doubled">Whether it holds quotes that are written twice.</param>
internal readonly record struct CsvField(int Begin, int Length, bool Doubled);

/// <summary>Finds the fields of one record in a buffer. Steps: <see cref="CsvStep.Record"/> when it is whole, <see cref="CsvStep.More"/> when its end has
/// not come yet, <see cref="CsvStep.Refused"/> with <see cref="Problem"/>.</summary>
/// <param name="text">The bytes at hand.</param>
/// <param name="over">Whether the file ends with them.</param>
/// <param name="delimiter">What stands between fields.</param>
/// <param name="stops">Delimiter, line feed, carriage return and quote.</param>
/// <param name="fields">Takes the fields; emptied first.</param>
internal ref struct CsvScan(ReadOnlySpan<byte> text, bool over, byte delimiter, SearchValues<byte> stops, List<CsvField> fields)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Line feeds inside the quoted fields of the record.</summary>
    public int InnerLines { get; private set; }

    /// <summary>Index behind the record and the end of its line.</summary>
    public int End { get; private set; }

    /// <summary>Why the record is refused, as the end of a sentence.</summary>
    public string? Problem { get; private set; }

    /// <summary>Scans the record that begins at an index.</summary>
    public CsvStep Record(int at)
    {
        fields.Clear();
        while (true)
        {
            var quoted = at < _text.Length && _text[at] == '"';
            var step = quoted ? Quoted(at) : Plain(at);
            if (step != CsvStep.Record)
            {
                return step;
            }

            var field = fields[^1];
            at = field.Begin + field.Length + (quoted ? 1 : 0);
            if (at == _text.Length)
            {
                End = at;
                return CsvStep.Record; // the file ends with the field
            }

            var stop = _text[at++];
            if (stop != delimiter)
            {
                End = at + (stop == '\r' ? 1 : 0);
                return CsvStep.Record;
            }

            if (fields.Count > Limits.Columns)
            {
                return Refuse($"the line has more than {Limits.Columns} fields");
            }
        }
    }

    private CsvStep Plain(int at)
    {
        var rest = _text[at..];
        var stop = rest.IndexOfAny(stops);
        var length = stop < 0 ? rest.Length : stop;
        if (length > Limits.CsvFieldBytes)
        {
            return TooLong();
        }

        if (stop < 0)
        {
            return over ? Add(at, length, doubled: false) : CsvStep.More;
        }

        if (rest[stop] == '"')
        {
            return Refuse("a quote stands inside an unquoted field; put the whole field in quotes and double the quotes in it");
        }

        var ends = rest[stop] == '\r' ? Ends(at + stop) : CsvStep.Record;
        return ends == CsvStep.Record ? Add(at, length, doubled: false) : ends;
    }

    private CsvStep Quoted(int at)
    {
        var (begin, doubled) = (at + 1, false);
        for (var from = begin; ;)
        {
            var quote = _text[from..].IndexOf((byte)'"');
            var end = quote < 0 ? _text.Length : from + quote;
            if (end - begin > Limits.CsvFieldBytes)
            {
                return TooLong();
            }

            if (quote < 0)
            {
                return over ? Refuse("the quote that opens here is never closed") : CsvStep.More;
            }

            if (end + 1 == _text.Length && !over)
            {
                return CsvStep.More; // the quote may be the first of two
            }

            if (end + 1 < _text.Length && _text[end + 1] == '"')
            {
                (doubled, from) = (true, end + 2);
                continue;
            }

            var ends = end + 1 == _text.Length ? CsvStep.Record : Ends(end + 1);
            InnerLines += ends == CsvStep.Record ? _text[begin..end].Count((byte)'\n') : 0;
            return ends == CsvStep.Record ? Add(begin, end - begin, doubled) : ends;
        }
    }

    /// <summary>Checks that a field may end here: at a delimiter, a line feed, or a carriage return and line feed.</summary>
    private CsvStep Ends(int at)
    {
        if (_text[at] == delimiter || _text[at] == '\n')
        {
            return CsvStep.Record;
        }

        if (_text[at] != '\r')
        {
            return Refuse("text follows a closing quote; a quote inside a quoted field is written twice");
        }

        if (at + 1 == _text.Length && !over)
        {
            return CsvStep.More;
        }

        return at + 1 < _text.Length && _text[at + 1] == '\n'
            ? CsvStep.Record
            : Refuse("a carriage return stands without a line feed; end lines with LF or CR LF, or put the field in quotes");
    }

    private readonly CsvStep Add(int begin, int length, bool doubled)
    {
        fields.Add(new(begin, length, doubled));
        return CsvStep.Record;
    }

    private CsvStep TooLong() => Refuse($"the field is longer than {Limits.CsvFieldBytes} bytes; is a closing quote missing?");

    private CsvStep Refuse(string problem)
    {
        Problem = problem;
        return CsvStep.Refused;
    }
}
