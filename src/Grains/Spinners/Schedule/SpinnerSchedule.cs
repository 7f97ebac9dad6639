using System.Text.Json.Serialization;

namespace Troupe.Spinners;

/// <summary>What happens when a run falls due while an earlier job of the spinner is still running.</summary>
public enum Overlap
{
    /// <summary>The due run is left out.</summary>
    Skip,

    /// <summary>It starts after the earlier one ended; at most one waits.</summary>
    Queue,
}

/// <summary>When a spinner runs by itself.</summary>
/// <param name="Cron">Five fields: minute, hour, day of month, month, day of week.</param>
/// <param name="TimeZone">IANA name, e.g. <c>Europe/Lisbon</c>; UTC when unsaid.</param>
/// <param name="Overlap">See <see cref="Spinners.Overlap"/>.</param>
public sealed record SpinnerSchedule([property: JsonRequired] string Cron, string TimeZone = "UTC", Overlap Overlap = Overlap.Skip);
