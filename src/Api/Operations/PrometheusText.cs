using System.Globalization;
using System.Text;

namespace Troupe.Api.Operations;

/// <summary>Writes metrics in the Prometheus text format 0.0.4: a head for each name, then its lines; histograms with cumulative buckets.</summary>
internal static class PrometheusText
{
    /// <summary>The media type of the text.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>All metrics; several meters may share a metric's name, its head is written once.</summary>
    public static string Write(IEnumerable<Metric> metrics, IEnumerable<Distribution> distributions)
    {
        var text = new StringBuilder();
        foreach (var sameName in metrics.GroupBy(Name, StringComparer.Ordinal))
        {
            var first = sameName.First();
            Head(text, sameName.Key, first.Instrument.Description ?? first.Instrument.Name, Type(first));
            var lines = sameName.Where(metric => Type(metric) == Type(first)).SelectMany(metric => metric.All.Select(series => (metric, series)));
            foreach (var (metric, series) in lines.DistinctBy(line => Labels(line.series.Tags)))
            {
                var (value, counts) = series.Read();
                Append(text, sameName.Key, series.Tags, metric.Bounds, counts, value);
            }
        }

        foreach (var sameName in distributions.GroupBy(one => Clean(one.Name) + "_seconds", StringComparer.Ordinal))
        {
            Head(text, sameName.Key, sameName.First().Help, "histogram");
            foreach (var one in sameName)
            {
                Append(text, sameName.Key, [new(one.Tag.Name, one.Tag.Value)], one.Bounds, one.Counts, one.Sum);
            }
        }

        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, string help, string type)
    {
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        text.Append("# HELP ").Append(name).Append(' ').Append(escaped).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static void Append(
        StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, object?>> tags,
        IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double value)
    {
        if (bounds.Count == 0)
        {
            Line(text, name, Labels(tags), value);
            return;
        }

        var below = 0L;
        for (var i = 0; i < counts.Count; i++)
        {
            below += counts[i];
            Line(text, name + "_bucket", Labels([.. tags, new("le", i < bounds.Count ? Number(bounds[i]) : "+Inf")]), below);
        }

        Line(text, name + "_sum", Labels(tags), value);
        Line(text, name + "_count", Labels(tags), below);
    }

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels).Append(' ').Append(Number(value)).Append('\n');

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : Math.Abs(value) is >= 1e-9 and < 1e15 ? value.ToString("0.##########", CultureInfo.InvariantCulture)
        : value.ToString(CultureInfo.InvariantCulture);

    private static string Labels(IReadOnlyList<KeyValuePair<string, object?>> tags) =>
        tags.Count == 0 ? "" : $"{{{string.Join(',', tags.Select(tag => $"{Clean(tag.Key)}=\"{Escape(tag.Value)}\""))}}}";

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
