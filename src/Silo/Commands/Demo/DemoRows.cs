using System.Text;
using Troupe.Tables;

namespace Troupe.Silo.Commands.Demo;

/// <summary>The rows of a CSV file, cut in two: the head goes in as CSV, the tail in batches of JSON records.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Names">Column names.</param>
/// <param name="Head">Header and first rows, byte for byte as in the file.</param>
/// <param name="HeadCount">Rows in the head.</param>
/// <param name="Tail">The other rows.</param>
internal sealed record DemoRows(
    string File, IReadOnlyList<string> Names, ReadOnlyMemory<byte> Head, int HeadCount, IReadOnlyList<Dictionary<string, string>> Tail)
{
    /// <summary>Rows in all.</summary>
    public int Count => HeadCount + Tail.Count;

    /// <summary>The sample that comes with the program.</summary>
    public static string Sample { get; } = Path.Combine(AppContext.BaseDirectory, "samples", "universities.csv");

    /// <summary>Reads a file; three quarters of its rows become the head.</summary>
    public static async Task<DemoRows> Read(string path, CancellationToken cancel)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new DemoFailure($"There is no file {path}.");
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(path, cancel);
        var (records, lines) = await Parse(bytes, path, cancel);
        if (records.Count < 2)
        {
            throw new DemoFailure($"{path} has no rows below its header.");
        }

        var columns = Columns(path, records[0]);
        var head = Math.Max(1, (records.Count - 1) * 3 / 4);
        var tail = records.Skip(1 + head).Select(r => columns.Zip(r).ToDictionary(p => p.First, p => p.Second));
        var end = head + 1 < records.Count ? StartOfLine(bytes, lines[head + 1]) : bytes.Length;
        return new(Path.GetFileName(path), columns, bytes.AsMemory(0, end), head, [.. tail]);
    }

    /// <summary>The names in the header, by the rules the product has for them.</summary>
    private static string[] Columns(string path, string[] header)
    {
        var names = Array.ConvertAll(header, name => name.Trim());
        foreach (var (index, problem) in ColumnRules.Problems(names))
        {
            throw new DemoFailure($"{path}: Line 1, column {index + 1}: {problem}");
        }

        return names;
    }

    private static async Task<(List<string[]> Records, List<long> Lines)> Parse(byte[] bytes, string path, CancellationToken cancel)
    {
        var records = new List<string[]>();
        var lines = new List<long>();
        using var reader = new CsvReader(new MemoryStream(bytes));
        while (true)
        {
            switch (reader.Next())
            {
                case CsvStep.Record when records.Count > 0 && reader.Count != records[0].Length:
                    throw new DemoFailure($"{path}: Line {reader.Line}: the line has {reader.Count} fields, the header has {records[0].Length}.");
                case CsvStep.Record:
                    records.Add([.. Enumerable.Range(0, reader.Count).Select(i => Encoding.UTF8.GetString(reader.Field(i)))]);
                    lines.Add(reader.Line);
                    break;
                case CsvStep.More:
                    await reader.Fill(cancel);
                    break;
                case CsvStep.Refused:
                    throw new DemoFailure($"{path}: {reader.Failure!.Message}");
                default:
                    return (records, lines);
            }
        }
    }

    private static int StartOfLine(byte[] bytes, long line)
    {
        var at = 0;
        for (var passed = 1L; passed < line; passed++)
        {
            at += Array.IndexOf(bytes, (byte)'\n', at) - at + 1;
        }

        return at;
    }
}
