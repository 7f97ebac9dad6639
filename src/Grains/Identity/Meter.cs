namespace Troupe.Identity;

/// <summary>What a plan counts. Capacity meters fall when things are removed; monthly ones start again on the first of the calendar month, UTC.</summary>
public enum Meter
{
    /// <summary>Spinners of the workspace (capacity).</summary>
    Spinners,

    /// <summary>Data tables (capacity).</summary>
    Tables,

    /// <summary>API keys that are not revoked (capacity).</summary>
    Keys,

    /// <summary>Jobs started this month.</summary>
    JobsPerMonth,

    /// <summary>Records spun this month.</summary>
    RecordsPerMonth,
}

/// <summary>An amount of a meter.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Amount">How much, 0 or more.</param>
public readonly record struct Usage(Meter Meter, long Amount);
