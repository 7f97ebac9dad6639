using Troupe.Runtime;
using Troupe.Silo.Options;

namespace Troupe.Silo.Cluster;

/// <summary>How a node of a cluster stops: it says that it is not ready, hands its partitions over, and serves on for as long as the proxy needs to
/// notice. Only then the host closes the door, and finishes what is inside.</summary>
public sealed partial class Farewell(ClusterNode node, LeasedOwnership leases, Settings settings, ILogger<Farewell> log) : IHostedLifecycleService
{
    /// <summary>Comes before anything of the host stops.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        node.IsLeaving = true;
        var noticed = Task.Delay(settings.StopGrace, cancellationToken);
        try
        {
            await leases.Leave(cancellationToken);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogKept(log, e); // its lease runs out, or the others notice that it is gone
        }

        await noticed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(60, LogLevel.Warning, "The node stops without having handed over its partitions")]
    private static partial void LogKept(ILogger log, Exception fault);
}
