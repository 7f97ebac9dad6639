using System.Buffers;
using System.Text.Unicode;

namespace Troupe.Tables;

/// <summary>Reads CSV (RFC 4180) as UTF-8 bytes from a stream, a record at a time, in memory bounded by the longest record. Also takes a byte order mark, lines
/// that end in LF alone, a last line without an end and empty lines at the end of the file. Refuses what has no one meaning: a quote inside an unquoted
/// field, text behind a closing quote, a CR without LF outside quotes, empty lines between records (an empty value alone on its line is written <c>""</c>),
/// NUL, invalid UTF-8.</summary>
/// <param name="source">The file; left open.</param>
/// <param name="delimiter">What stands between fields; 0 to find it out from the first line (<see cref="CsvDialect.Detect"/>).</param>
public sealed class CsvReader(Stream source, byte delimiter = 0) : IDisposable
{
    private const int FirstBuffer = 128 * 1024;

    private readonly List<CsvField> _fields = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private byte[] _plain = [];
    private SearchValues<byte>? _stops;
    private byte _delimiter = delimiter;
    private int _at;
    private int _end;
    private bool _over;
    private long _line = 1;
    private long _emptyLine;

    /// <summary>Line, from 1, on which the record at hand begins.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Fields of the record at hand.</summary>
    public int Count => _fields.Count;

    /// <summary>Bytes of the file taken in so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why the file is refused.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Takes in as much as the buffer holds, growing it when a record does not fit.</summary>
    public async ValueTask Fill(CancellationToken cancel)
    {
        if (_at > 0)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
        }
        else if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        // Until it is full: a record that grows by small packets must not be read from its start for each of them.
        while (!_over && _end < _buffer.Length)
        {
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancel);
            _over = read == 0;
            _end += read;
            Bytes += read;
        }
    }

    /// <summary>Moves to the next record.</summary>
    public CsvStep Next()
    {
        var ready = Failure is not null ? CsvStep.Refused : _stops is null ? Begin() : CsvStep.Record;
        ready = ready == CsvStep.Record ? SkipEmptyLines() : ready;
        if (ready != CsvStep.Record)
        {
            return ready;
        }

        Line = _line;
        var scan = new CsvScan(_buffer.AsSpan(0, _end), _over, _delimiter, _stops!, _fields);
        return scan.Record(_at) switch
        {
            CsvStep.Record => Take(scan),
            CsvStep.Refused => Refuse(_line + scan.InnerLines, Count + 1, scan.Problem!),
            _ => _end - _at < Limits.CsvRecordBytes ? CsvStep.More : Refuse(_line, Count + 1, $"the record is longer than {Limits.CsvRecordBytes} bytes"),
        };
    }

    /// <summary>Text of a field of the record at hand, without its quotes. Good until the next call.</summary>
    public ReadOnlySpan<byte> Field(int index)
    {
        var field = _fields[index];
        var raw = Raw(field);
        if (!field.Doubled)
        {
            return raw;
        }

        if (_plain.Length < raw.Length)
        {
            _plain = new byte[Math.Max(raw.Length, 1024)];
        }

        var length = 0;
        for (var quote = raw.IndexOf((byte)'"'); quote >= 0; quote = raw.IndexOf((byte)'"'))
        {
            raw[..(quote + 1)].CopyTo(_plain.AsSpan(length));
            length += quote + 1;
            raw = raw[(quote + 2)..];
        }

        raw.CopyTo(_plain.AsSpan(length));
        return _plain.AsSpan(0, length + raw.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var buffer = _buffer;
        (_buffer, _at, _end, _over) = ([], 0, 0, true);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Byte order mark and delimiter.</summary>
    private CsvStep Begin()
    {
        var text = _buffer.AsSpan(0, _end);
        if (text.Length < 3 && !_over)
        {
            return CsvStep.More;
        }

        if (text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return Refuse(1, 1, "the file is UTF-16; save it as UTF-8");
        }

        var mark = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        if (!CsvDialect.FirstLine(text[mark..], _over, out var line))
        {
            return _end < Limits.CsvRecordBytes ? CsvStep.More : Refuse(1, 1, $"the first line is longer than {Limits.CsvRecordBytes} bytes");
        }

        var found = _delimiter == 0 ? CsvDialect.Detect(line) : _delimiter;
        (_at, _delimiter, Failure) = (mark, found.Value, found.Failure);
        _stops = SearchValues.Create([_delimiter, (byte)'\n', (byte)'\r', (byte)'"']);
        return found.Ok ? CsvStep.Record : CsvStep.Refused;
    }

    private CsvStep SkipEmptyLines()
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_at, _end - _at);
            switch (rest)
            {
                case []:
                    return _over ? CsvStep.End : CsvStep.More;
                case [(byte)'\r'] when !_over:
                    return CsvStep.More;
                case [(byte)'\n', ..] or [(byte)'\r', (byte)'\n', ..]:
                    _emptyLine = _emptyLine == 0 ? _line : _emptyLine;
                    _at += rest[0] == '\n' ? 1 : 2;
                    _line++;
                    break;
                default:
                    return _emptyLine == 0 ? CsvStep.Record
                        : Refuse(_emptyLine, 1, "the line is empty, but records follow (write \"\" for an empty value alone on its line)");
            }
        }
    }

    private CsvStep Take(in CsvScan scan)
    {
        var record = _buffer.AsSpan(_at, scan.End - _at);
        if (record.Contains((byte)0))
        {
            return Refuse(_line, 1 + _fields.FindIndex(field => Raw(field).Contains((byte)0)), "the field holds a NUL");
        }

        if (!Utf8.IsValid(record))
        {
            return Refuse(_line, 1 + _fields.FindIndex(field => !Utf8.IsValid(Raw(field))), "the field is not valid UTF-8 text");
        }

        _at = scan.End;
        _line += 1 + scan.InnerLines;
        return CsvStep.Record;
    }

    private ReadOnlySpan<byte> Raw(CsvField field) => _buffer.AsSpan(field.Begin, field.Length);

    private CsvStep Refuse(long line, int column, string problem)
    {
        Failure = CsvDialect.Invalid(line, column, problem);
        return CsvStep.Refused;
    }
}
