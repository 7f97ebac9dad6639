using System.Globalization;

namespace Troupe.Identity;

/// <summary>What a workspace has used. Monthly meters count for the month they stand beside and are nothing in any other.</summary>
/// <param name="Month">The month the monthly meters are of, <c>2026-03</c>.</param>
/// <param name="Used">Used amounts; an absent meter is 0.</param>
public sealed record Meters(string Month, IReadOnlyDictionary<Meter, long> Used)
{
    /// <summary>Nothing used.</summary>
    public static Meters None { get; } = new("", new Dictionary<Meter, long>(0));

    /// <summary>Whether a meter starts again on the first of the month.</summary>
    public static bool IsMonthly(Meter meter) => meter is Meter.JobsPerMonth or Meter.RecordsPerMonth;

    /// <summary>What is used of a meter at a time.</summary>
    public long At(Meter meter, DateTimeOffset now) => IsMonthly(meter) && Month != MonthOf(now) ? 0 : Used.GetValueOrDefault(meter);

    /// <summary>The meters with an amount added (or, negative, taken off, not below 0), as they stand in the month of <paramref name="now"/>.</summary>
    public Meters Add(Usage usage, DateTimeOffset now)
    {
        var used = Enum.GetValues<Meter>().ToDictionary(meter => meter, meter => At(meter, now));
        used[usage.Meter] = Math.Max(0, used[usage.Meter] + usage.Amount);
        return new(MonthOf(now), used);
    }

    private static string MonthOf(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}
