namespace Troupe.Api.Operations;

/// <summary>A histogram that is kept elsewhere, as it is now.</summary>
/// <param name="Name">Its name in dots, e.g. <c>troupe.runtime.call.duration</c>; seconds.</param>
/// <param name="Help">What it measures.</param>
/// <param name="Tag">Name and value of its one label.</param>
/// <param name="Bounds">Upper bounds of the buckets, ascending; one more bucket takes what is above.</param>
/// <param name="Counts">How many by bucket, one more than there are bounds.</param>
/// <param name="Sum">Sum of what was measured.</param>
public sealed record Distribution(
    string Name, string Help, (string Name, string Value) Tag, IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double Sum);

/// <summary>Histograms of parts that are too busy to tell a listener of every single thing they do.</summary>
public interface IDistributions
{
    /// <summary>All of them, as they are now.</summary>
    IEnumerable<Distribution> Read();
}
