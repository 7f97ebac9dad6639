using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Troupe.Identity;
using Troupe.Jobs;

namespace Troupe.Silo.Hosting;

/// <summary>Pokes every unfinished job when the node has started, and again those that came to it with partitions of another, so that what a dead process
/// left goes on at once and not with its next reminder. Doing it needlessly, or on several nodes, does no harm.</summary>
public sealed partial class JobRecovery(IDirectory directory, IGrainFactory grains, ILogger<JobRecovery> log) : BackgroundService
{
    /// <summary>Jobs poked at once.</summary>
    private const int AtOnce = 16;

    private readonly Lock _gate = new();
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Func<string, Job, bool> _concerned = (_, _) => true;

    /// <summary>Looks once more, beside the running look if there is one.</summary>
    /// <param name="concerned">Says, by key and job, which unfinished jobs to poke. Kept and called until the look is done.</param>
    public void Look(Func<string, Job, bool> concerned)
    {
        lock (_gate)
        {
            var before = _concerned;
            _concerned = (key, job) => concerned(key, job) || before(key, job);
        }

        _asked.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _asked.Writer.TryWrite(true); // the look at the start
        await foreach (var _ in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            Func<string, Job, bool> concerned;
            lock (_gate)
            {
                (concerned, _concerned) = (_concerned, static (_, _) => false);
            }

            try
            {
                await Poke(concerned, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, fault); // their reminders bring the jobs back within a minute
            }
        }
    }

    private async Task Poke(Func<string, Job, bool> concerned, CancellationToken cancel)
    {
        var poked = 0;
        await Parallel.ForEachAsync(Unfinished(concerned, cancel), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
            async (key, _) =>
            {
                try
                {
                    await grains.GetGrain<IJobGrain>(key).Poke();
                    Interlocked.Increment(ref poked);
                }
                catch (Exception fault) when (!cancel.IsCancellationRequested)
                {
                    LogFailed(log, fault);
                }
            });
        if (poked > 0)
        {
            LogPoked(log, poked);
        }
    }

    private async IAsyncEnumerable<string> Unfinished(Func<string, Job, bool> concerned, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var workspace in All(Workspace.Kind, GrainKey.System, new(), cancel))
        {
            var unfinished = new Query { Filters = [new("unfinished", Test.Equal, 1L)] };
            await foreach (var job in All(Job.Kind, workspace.Id, unfinished, cancel))
            {
                var key = new GrainKey(workspace.Id, job.Id).ToString();
                if (concerned(key, job.Read<Job>().Value))
                {
                    yield return key;
                }
            }
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
