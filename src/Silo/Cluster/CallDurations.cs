using Troupe.Api.Operations;
using Troupe.Runtime;

namespace Troupe.Silo.Cluster;

/// <summary>How long grain calls take, by grain class, for <c>GET /metrics</c>.</summary>
internal sealed class CallDurations(GrainNode node) : IDistributions
{
    public IEnumerable<Distribution> Read() => node.CallTimes().Select(times => new Distribution(
        "troupe.runtime.call.duration", "Time of grain calls from the mailbox to their end.", ("grain", times.Grain),
        times.Bounds, times.Counts, times.Seconds));
}
