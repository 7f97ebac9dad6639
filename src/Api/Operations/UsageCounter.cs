using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Troupe.Identity;

namespace Troupe.Api.Operations;

/// <summary>Counts the requests of each workspace that were let in, by route, and adds them to the workspace's day every <see cref="Limits.UsagePeriod"/>.
/// A request costs a look-up and an addition in memory, no call and no commit.</summary>
public sealed class UsageCounter(IGrainFactory grains, TimeProvider clock) : IHostedService
{
    private ConcurrentDictionary<(string Workspace, Endpoint Route, string Method), Box> _counts = new();
    private ITimer? _timer;

    /// <summary>Counts a request.</summary>
    public void Count(string workspace, Endpoint route, string method) =>
        Interlocked.Increment(ref _counts.GetOrAdd((workspace, route, method), static _ => new()).Value);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = clock.CreateTimer(_ => _ = Flush(), null, Limits.UsagePeriod, Limits.UsagePeriod);
        return Task.CompletedTask;
    }

    /// <summary>Adds what was counted last; the grains stop after this.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        await Flush();
    }

    /// <summary>Adds what was counted to the workspaces' days. What cannot be added now counts in the next round.</summary>
    public async Task Flush()
    {
        var day = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var counted = Interlocked.Exchange(ref _counts, new());
        await Task.WhenAll(counted.GroupBy(count => count.Key.Workspace).Select(workspace => Add(workspace.Key, day, [.. workspace])));
    }

    private async Task Add(string workspace, string day, KeyValuePair<(string Workspace, Endpoint Route, string Method), Box>[] counted)
    {
        try
        {
            var operations = counted.GroupBy(count => $"{count.Key.Method} {(count.Key.Route as RouteEndpoint)?.RoutePattern.RawText}")
                .ToDictionary(operation => operation.Key, operation => operation.Sum(count => Volatile.Read(ref count.Value.Value)));
            var added = await grains.GetGrain<IUsageGrain>(UsageDay.Key(workspace, day)).Add(new(day, operations));
            if (added.Ok)
            {
                return;
            }
        }
        catch (Exception)
        {
            // Whatever it is, it is told by the requests that suffer from it; a count that waits is no reason to say so again.
        }

        foreach (var (key, count) in counted)
        {
            Interlocked.Add(ref _counts.GetOrAdd(key, static _ => new()).Value, count.Value);
        }
    }

    /// <summary>A number that many may add to.</summary>
    private sealed class Box
    {
        public long Value;
    }
}
