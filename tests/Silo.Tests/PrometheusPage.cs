using System.Globalization;
using System.Text;

namespace Troupe.Silo;

/// <summary>A line of a page of metrics.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels, unescaped.</param>
/// <param name="Value">Its value.</param>
internal sealed record MetricLine(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>All that tells it from others of its name.</summary>
    public string Key(params string[] without) =>
        string.Join(',', Labels.Where(label => !without.Contains(label.Key)).OrderBy(label => label.Key, StringComparer.Ordinal));
}

/// <summary>A name with its head and its lines.</summary>
internal sealed record MetricFamily(string Name, string Help, string Type, List<MetricLine> Lines);

/// <summary>Reads the Prometheus text format 0.0.4 as strictly as its own parser: one head for each name before its lines, lines of a name together and each
/// once, histograms cumulative with +Inf, sum and count.</summary>
internal static class PrometheusPage
{
    public static IReadOnlyList<MetricFamily> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        List<MetricFamily> families = [];
        string? help = null;
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                help = line["# HELP ".Length..];
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line["# TYPE ".Length..].Split(' ');
                Assert.Equal(2, parts.Length);
                Assert.StartsWith(parts[0] + " ", help, StringComparison.Ordinal);
                Assert.Contains(parts[1], (string[])["counter", "gauge", "histogram"]);
                Assert.DoesNotContain(families, one => one.Name == parts[0]);
                families.Add(new(parts[0], help![(parts[0].Length + 1)..], parts[1], []));
            }
            else
            {
                var sample = new LineReader(line).Read();
                var family = families[^1];
                string[] names = family.Type == "histogram" ? [$"{family.Name}_bucket", $"{family.Name}_sum", $"{family.Name}_count"] : [family.Name];
                Assert.Contains(sample.Name, names);
                Assert.DoesNotContain(family.Lines, one => one.Name == sample.Name && one.Key() == sample.Key());
                family.Lines.Add(sample);
            }
        }

        Assert.All(families.Where(one => one.Type == "histogram"), CheckHistogram);
        Assert.All(families.Where(one => one.Type == "counter"), one => Assert.EndsWith("_total", one.Name, StringComparison.Ordinal));
        return families;
    }

    private static void CheckHistogram(MetricFamily family)
    {
        foreach (var series in family.Lines.GroupBy(line => line.Key("le")))
        {
            var buckets = series.Where(line => line.Name.EndsWith("_bucket", StringComparison.Ordinal)).ToList();
            var bounds = buckets.ConvertAll(line => Number(line.Labels["le"]));
            Assert.Equal(bounds.Order(), bounds);
            Assert.Equal(bounds.Distinct(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            Assert.Equal(buckets.Select(line => line.Value).Order(), buckets.Select(line => line.Value));
            Assert.Equal(buckets[^1].Value, Assert.Single(series, line => line.Name.EndsWith("_count", StringComparison.Ordinal)).Value);
            Assert.Single(series, line => line.Name.EndsWith("_sum", StringComparison.Ordinal));
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private sealed class LineReader(string line)
    {
        private int _at;

        public MetricLine Read()
        {
            var name = Word();
            var labels = new Dictionary<string, string>();
            if (line[_at] == '{')
            {
                do
                {
                    _at++;
                    var label = Word();
                    Take('=');
                    labels.Add(label, Quoted());
                }
                while (line[_at] == ',');
                Take('}');
            }

            Take(' ');
            return new(name, labels, Number(line[_at..]));
        }

        private string Word()
        {
            var start = _at;
            while (char.IsAsciiLetterOrDigit(line[_at]) || line[_at] is '_' or ':')
            {
                _at++;
            }

            Assert.True(_at > start && !char.IsAsciiDigit(line[start]), line);
            return line[start.._at];
        }

        private string Quoted()
        {
            Take('"');
            var text = new StringBuilder();
            for (; line[_at] != '"'; _at++)
            {
                text.Append(line[_at] != '\\' ? line[_at] : line[++_at] switch { 'n' => '\n', '\\' => '\\', '"' => '"', _ => throw new FormatException(line) });
            }

            _at++;
            return text.ToString();
        }

        private void Take(char wanted) => Assert.Equal(wanted, line[_at++]);
    }
}
