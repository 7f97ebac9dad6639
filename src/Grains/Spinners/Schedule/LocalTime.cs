namespace Troupe.Spinners;

/// <summary>Local times of a zone and the moments they stand for. Works from offsets alone, so that every change counts, not only daylight saving.</summary>
internal sealed class LocalTime(TimeZoneInfo zone)
{
    /// <summary>What a clock on the wall shows.</summary>
    public DateTime Of(DateTimeOffset moment) => DateTime.SpecifyKind(moment.UtcDateTime + Offset(moment.UtcDateTime), DateTimeKind.Unspecified);

    /// <summary>The moments at which a clock on the wall shows a time: one; two in an hour that is repeated (the first only, unless both are asked for);
    /// for a time that is left out, the moment of the change.</summary>
    public IReadOnlyList<DateTimeOffset> Moments(DateTime wall, bool both)
    {
        var nominal = DateTime.SpecifyKind(wall, DateTimeKind.Utc);
        var (before, after) = (Offset(nominal.AddDays(-1)), Offset(nominal.AddDays(1)));
        var first = nominal - before;
        if (before == after)
        {
            return [new(first, TimeSpan.Zero)];
        }

        var second = nominal - after;
        return (Offset(first) == before, Offset(second) == after) switch
        {
            (true, true) when both => [new(first, TimeSpan.Zero), new(second, TimeSpan.Zero)],
            (true, _) => [new(first, TimeSpan.Zero)],
            (_, true) => [new(second, TimeSpan.Zero)],
            _ => [new(Change(nominal.AddDays(-1), nominal.AddDays(1)), TimeSpan.Zero)],
        };
    }

    private TimeSpan Offset(DateTime utc) => zone.GetUtcOffset(utc);

    /// <summary>The moment of the change between two moments, to the second.</summary>
    private DateTime Change(DateTime low, DateTime high)
    {
        var before = Offset(low);
        while (high - low > TimeSpan.FromSeconds(1))
        {
            var middle = low + TimeSpan.FromSeconds(Math.Floor((high - low).TotalSeconds / 2));
            (low, high) = Offset(middle) == before ? (middle, high) : (low, middle);
        }

        return high;
    }
}
