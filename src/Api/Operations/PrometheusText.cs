using System.Globalization;
using System.Text;

namespace Troupe.Api.Operations;

/// <summary>Writes metrics in the Prometheus text format 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>The media type of the text.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>All metrics; several meters may share a metric's name, its head is written once.</summary>
    public static string Write(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        foreach (var sameName in metrics.GroupBy(Name, StringComparer.Ordinal))
        {
            var first = sameName.First();
            text.Append("# HELP ").Append(sameName.Key).Append(' ').Append((first.Instrument.Description ?? first.Instrument.Name).Replace('\n', ' '))
                .Append('\n');
            text.Append("# TYPE ").Append(sameName.Key).Append(' ').Append(Type(first)).Append('\n');
            foreach (var line in sameName.SelectMany(metric => metric.All.Select(series => (metric, series))).DistinctBy(x => Tags(x.series)))
            {
                Append(text, sameName.Key, line.metric, line.series);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, Metric metric, Series series)
    {
        var (value, counts) = series.Read();
        if (metric.Bounds.Count == 0)
        {
            Line(text, name, Tags(series), value);
            return;
        }

        var below = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            var bound = i < metric.Bounds.Count ? metric.Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            Line(text, name + "_bucket", Tags(series, $"le=\"{bound}\""), below);
        }

        Line(text, name + "_sum", Tags(series), value);
        Line(text, name + "_count", Tags(series), below);
    }

    private static void Line(StringBuilder text, string name, string tags, double value) =>
        text.Append(name).Append(tags).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Tags(Series series, string? more = null)
    {
        var all = series.Tags.Select(tag => $"{Clean(tag.Key)}=\"{Escape(tag.Value)}\"").Concat(more is null ? [] : [more]).ToArray();
        return all.Length == 0 ? "" : $"{{{string.Join(',', all)}}}";
    }

    private static string Escape(object? value) =>
        (Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Name(Metric metric)
    {
        var name = Clean(metric.Instrument.Name);
        var unit = metric.Instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return Type(metric) == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Type(Metric metric)
    {
        var kind = metric.Instrument.GetType().Name;
        return metric.Bounds.Count > 0 ? "histogram"
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
            : "gauge";
    }

    private static string Clean(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
