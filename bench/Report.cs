using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Troupe.Bench;

/// <summary>One line of the report.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Ours">Our figure with its unit.</param>
/// <param name="Against">What it is held against, with its figure.</param>
/// <param name="Ratio">Ours divided by the other, as the median of the rounds; null when there is none.</param>
/// <param name="Target">What the ratio must reach; null when it is only told.</param>
/// <param name="AtMost">True when the target is an upper bound.</param>
internal sealed record Figure(string What, string Ours, string Against, double? Ratio, double? Target, bool AtMost = false)
{
    /// <summary>met, MISSED, or nothing when there is no target.</summary>
    public string Verdict => (Ratio, Target) is ({ } ratio, { } target) ? (AtMost ? ratio <= target : ratio >= target) ? "met" : "**MISSED**" : "";
}

/// <summary>The figures of this run: printed as they come, and kept in docs/performance.md when asked.</summary>
internal sealed class Report
{
    private const string Begin = "<!-- figures: written by `make bench`, do not edit by hand -->";
    private const string End = "<!-- end of figures -->";

    private readonly List<Figure> _figures = [];
    private readonly List<string> _remarks = [];

    /// <summary>Adds a figure and prints it.</summary>
    public void Add(Figure figure)
    {
        _figures.Add(figure);
        Console.WriteLine($"  {figure.What}: {figure.Ours} against {figure.Against}{Share(figure, "; ratio ")} {figure.Verdict.Trim('*')}");
    }

    /// <summary>Adds a sentence below the table.</summary>
    public void Tell(string remark)
    {
        _remarks.Add(remark);
        Console.WriteLine($"  {remark}");
    }

    /// <summary>The figures as a table, and the remarks.</summary>
    public string Table()
    {
        string[] heads = ["what", "ours", "against", "ratio", "target", "verdict"];
        var lines = _figures.Select(f =>
            new[] { f.What, f.Ours, f.Against, Share(f), f.Target is { } t ? $"{(f.AtMost ? "<=" : ">=")} {Number(t)}" : "", f.Verdict }).Prepend(heads)
            .ToList();
        var widths = Enumerable.Range(0, heads.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        lines.Insert(1, [.. widths.Select(width => new string('-', width))]);
        return string.Join('\n',
            lines.Select(line => $"| {string.Join(" | ", line.Select((cell, column) => cell.PadRight(widths[column])))} |")
            .Concat(_remarks.Count == 0 ? [] : _remarks.Select(remark => $"- {remark}").Prepend("")));
    }

    /// <summary>Replaces the figures in a Markdown file, between the two marks; makes the file when it is missing.</summary>
    public void Write(string file)
    {
        var figures = new StringBuilder(Begin).Append("\n\n").Append(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Machine()}\n\n")
            .Append(Table()).Append("\n\n").Append(End);
        var text = File.Exists(file) ? File.ReadAllText(file) : $"# Performance\n\n{Begin}\n{End}\n";
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{file} has no place for the figures: it needs the lines\n{Begin}\n{End}");
        File.WriteAllText(file, text[..begin] + figures + text[(end + End.Length)..]);
        Console.WriteLine($"written to {file}");
    }

    /// <summary>A number short enough to read: 612,345 or 0.43.</summary>
    public static string Number(double value) => value switch
    {
        >= 1_000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static string Share(Figure figure, string before = "") => figure.Ratio is { } ratio ? before + Number(ratio) : "";

    private static string Machine()
    {
        const string cpu = "/proc/cpuinfo";
        var model = File.Exists(cpu)
            ? File.ReadLines(cpu).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        var processor = $"{Environment.ProcessorCount} processors ({model ?? RuntimeInformation.ProcessArchitecture.ToString()})";
        return $"{processor}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";
    }
}
