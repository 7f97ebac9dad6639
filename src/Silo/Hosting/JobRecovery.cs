using System.Runtime.CompilerServices;
using Troupe.Identity;
using Troupe.Jobs;

namespace Troupe.Silo.Hosting;

/// <summary>Pokes every unfinished job when the node has started, so that what a killed process left goes on at once and not with its next reminder. Doing it
/// needlessly, or on several nodes, does no harm.</summary>
internal sealed partial class JobRecovery(IDirectory directory, IGrainFactory grains, ILogger<JobRecovery> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var poked = 0;
            await foreach (var workspace in All(Workspace.Kind, GrainKey.System, new(), stoppingToken))
            {
                var unfinished = new Query { Filters = [new("unfinished", Test.Equal, 1L)] };
                await foreach (var job in All(Job.Kind, workspace.Id, unfinished, stoppingToken))
                {
                    await grains.GetGrain<IJobGrain>(new GrainKey(workspace.Id, job.Id).ToString()).Poke();
                    poked++;
                }
            }

            if (poked > 0)
            {
                LogPoked(log, poked);
            }
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(log, fault); // their reminders bring the jobs back within a minute
        }
    }

    private async IAsyncEnumerable<StoredRecord> All(
        Kind kind, string workspace, Query query, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (string? after = null; ;)
        {
            var page = await directory.List(kind, workspace, query with { After = after, Limit = Limits.PageMax }, cancel);
            foreach (var record in page.Items)
            {
                yield return record;
            }

            if ((after = page.Next) is null)
            {
                yield break;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} unfinished jobs go on")]
    private static partial void LogPoked(ILogger log, int count);

    [LoggerMessage(LogLevel.Warning, "Unfinished jobs could not be looked up; they go on with their reminders")]
    private static partial void LogFailed(ILogger log, Exception fault);
}
