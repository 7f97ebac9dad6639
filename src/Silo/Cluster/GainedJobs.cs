using Troupe.Jobs;
using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Spinners;

namespace Troupe.Silo.Cluster;

/// <summary>Has the jobs poked that came to this node, or whose lanes or spinner did, with partitions of another.</summary>
internal sealed class GainedJobs(IOwnership ownership, JobRecovery recovery) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ownership.Changed += Follow;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        ownership.Changed -= Follow;
        return Task.CompletedTask;
    }

    private void Follow(object? sender, PartitionsChangedEventArgs change)
    {
        if (change.Gained.Count > 0)
        {
            var gained = change.Gained.ToHashSet();
            recovery.Look((key, job) => Grains(GrainKey.Parse(key), job).Any(grain => gained.Contains(Partition.Of(grain))));
        }
    }

    private static IEnumerable<GrainId> Grains(GrainKey key, Job job) =>
    [
        new(nameof(JobGrain), key.ToString()),
        new(nameof(SpinnerGrain), new GrainKey(key.Workspace, job.SpinnerId).ToString()),
        .. Enumerable.Range(0, job.Lanes).Select(lane => new GrainId(nameof(JobLaneGrain), new GrainKey(key.Workspace, JobLane.Id(key.Id, lane)).ToString())),
    ];
}
