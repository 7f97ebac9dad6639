namespace Troupe.Identity;

/// <summary>What a workspace asked for on a day: requests let in, by operation. Counted by the front ends and added every
/// <see cref="Limits.UsagePeriod"/>, so a process that is killed forgets at most so much.</summary>
/// <param name="Day">The day, UTC: <c>2026-03-01</c>.</param>
/// <param name="Operations">Requests by method and pattern of the route.</param>
public sealed record UsageDay(string Day, IReadOnlyDictionary<string, long> Operations) : IRecord<UsageDay>
{
    /// <inheritdoc/>
    public static Kind Kind => new("usage_day", "use");

    /// <inheritdoc/>
    public static Facet<UsageDay>[] Facets { get; } = [new("day", usage => usage.Day)];

    /// <inheritdoc/>
    public static Func<UsageDay, string?>[] Search => [];

    /// <summary>The key of a workspace's day.</summary>
    public static string Key(string workspace, string day) => new GrainKey(workspace, $"{Kind.Prefix}_{day}").ToString();

    /// <summary>The day with more requests.</summary>
    public UsageDay Add(UsageDay more)
    {
        var sum = Operations.ToDictionary(StringComparer.Ordinal);
        foreach (var (operation, count) in more.Operations)
        {
            sum[operation] = sum.GetValueOrDefault(operation) + count;
        }

        return this with { Operations = sum };
    }
}

/// <summary>A day of a workspace. Key: <c>workspace/use_2026-03-01</c>.</summary>
public interface IUsageGrain : IGrainWithStringKey
{
    /// <summary>Adds requests of the day.</summary>
    Task<Outcome<Done>> Add(UsageDay counted);
}

/// <summary>The shell of a day.</summary>
public sealed class UsageGrain(IStore store, TimeProvider clock) : RecordGrain<UsageDay>(store, clock), IUsageGrain
{
    private static readonly Caller Itself = new(GrainKey.System, "system");

    /// <inheritdoc/>
    public async Task<Outcome<Done>> Add(UsageDay counted)
    {
        var added = State is null ? await Found(() => counted, Itself) : await Apply(was => was.Add(counted), "counted", Itself);
        return added.Map(_ => Done.Value);
    }

    /// <summary>A count that moves is no news.</summary>
    protected override IReadOnlyList<Event> Events(Stored<UsageDay> next, string verb, ReadOnlyMemory<byte> body) => [];
}
