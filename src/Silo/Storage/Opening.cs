using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Troupe.Silo.Storage;

/// <summary>Opens the storage when the host starts, before anything registered after it. It is closed with the container, after everything else has
/// stopped.</summary>
internal sealed partial class Opening(IStorage storage, ILogger<Opening> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var step in await storage.Open(cancellationToken))
        {
            Applied(log, storage.Description, step);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "{Storage}: {Step}")]
    private static partial void Applied(ILogger log, string storage, string step);
}
