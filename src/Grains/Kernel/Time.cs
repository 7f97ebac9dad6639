namespace Troupe.Kernel;

/// <summary>Times as the product keeps them: UTC, whole milliseconds.</summary>
public static class Time
{
    /// <summary>The same moment, cut to whole milliseconds, so that what is answered equals what is stored.</summary>
    public static DateTimeOffset Milliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
