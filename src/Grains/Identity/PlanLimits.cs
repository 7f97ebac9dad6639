namespace Troupe.Identity;

/// <summary>What a workspace pays for.</summary>
public enum Plan
{
    /// <summary>For trying out.</summary>
    Trial,

    /// <summary>The small plan.</summary>
    Pro,

    /// <summary>The large plan.</summary>
    Advanced,

    /// <summary>Unlimited unless agreed otherwise.</summary>
    Enterprise,

    /// <summary>The default: an installation of one's own, unlimited unless its operator says otherwise.</summary>
    SelfHosted,
}

/// <summary>What a plan allows; null is unlimited. Spinners, jobs and records are the contract's figures [ingest-api.md section 11]; tables, keys and requests
/// are ours.</summary>
/// <param name="Spinners">Main spinners.</param>
/// <param name="Tables">Data tables.</param>
/// <param name="Keys">API keys that are not revoked.</param>
/// <param name="JobsPerMonth">Jobs started in a calendar month, UTC.</param>
/// <param name="RecordsPerMonth">Records spun in a calendar month, UTC.</param>
/// <param name="RequestsPerSecond">Requests a second of each API key.</param>
public sealed record PlanLimits(long? Spinners, long? Tables, long? Keys, long? JobsPerMonth, long? RecordsPerMonth, long? RequestsPerSecond)
{
    private static readonly PlanLimits Unlimited = new(null, null, null, null, null, null);

    /// <summary>The names by which single limits are set, in the order of the record.</summary>
    public static IReadOnlyList<string> Names { get; } = ["spinners", "tables", "keys", "jobs_per_month", "records_per_month", "requests_per_second"];

    /// <summary>The limits of a plan.</summary>
    public static PlanLimits Of(Plan plan) => plan switch
    {
        Plan.Trial => new(2, 5, 2, 50, 500, 10),
        Plan.Pro => new(25, 50, 10, 500, 10_000, 50),
        Plan.Advanced => new(100, 500, 50, 5_000, 100_000, 200),
        _ => Unlimited,
    };

    /// <summary>The limit of a meter; null is unlimited.</summary>
    public long? For(Meter meter) => meter switch
    {
        Meter.Spinners => Spinners,
        Meter.Tables => Tables,
        Meter.Keys => Keys,
        Meter.JobsPerMonth => JobsPerMonth,
        Meter.RecordsPerMonth => RecordsPerMonth,
        _ => throw new ArgumentOutOfRangeException(nameof(meter), meter, "No limit is kept for this meter."),
    };

    /// <summary>These limits with some set apart from the plan; a null value lifts the limit.</summary>
    public PlanLimits With(IReadOnlyDictionary<string, long?> own)
    {
        long? Pick(string name, long? byPlan) => own.TryGetValue(name, out var value) ? value : byPlan;
        return new(
            Pick(Names[0], Spinners), Pick(Names[1], Tables), Pick(Names[2], Keys),
            Pick(Names[3], JobsPerMonth), Pick(Names[4], RecordsPerMonth), Pick(Names[5], RequestsPerSecond));
    }
}
