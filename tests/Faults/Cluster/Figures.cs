using System.Globalization;

namespace Troupe.Tests;

/// <summary>Times as the tests print them.</summary>
public static class Figures
{
    public static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s");

    public static string List(IEnumerable<TimeSpan> times) => string.Join(", ", times.Select(Text));

    public static TimeSpan Median(IEnumerable<TimeSpan> times) => Share(times, 0.5);

    /// <summary>The time that this share of them does not exceed.</summary>
    public static TimeSpan Share(IEnumerable<TimeSpan> times, double share)
    {
        var sorted = times.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(sorted.Count * share) - 1, 0, sorted.Count - 1)];
    }

    public static string Spread(IReadOnlyCollection<TimeSpan> times) =>
        $"p50 {Text(Median(times))}, p90 {Text(Share(times, 0.9))}, p99 {Text(Share(times, 0.99))}, longest {Text(times.Max())} of {times.Count}";
}
