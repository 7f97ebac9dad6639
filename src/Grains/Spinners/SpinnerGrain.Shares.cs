using Troupe.Jobs;

namespace Troupe.Spinners;

/// <summary>The division of concurrency and rate over the spinner's jobs. Kept in memory: a new activation counts every started job as holding all of it until
/// the
/// job has reported, so that the sum is never exceeded.</summary>
public sealed partial class SpinnerGrain
{
    private readonly Shares _shares = new(Limits.JobsSharing);
    private SpinnerDefinition? _published;

    /// <inheritdoc/>
    public Task<Share> Refresh(string jobId, int held, int wanted, bool ended)
    {
        var now = Clock.GetUtcNow();
        if (_published is not { } published)
        {
            return Task.FromResult<Share>(default);
        }

        _shares.Expire(now - TimeSpan.FromSeconds(Limits.ShareLeaseSeconds));
        var slots = 0;
        if (ended)
        {
            _shares.Remove(jobId);
        }
        else
        {
            _shares.Report(jobId, held, wanted, now);
            slots = _shares.Grant(jobId, published.Concurrency);
        }

        foreach (var hungry in _shares.Hungry(published.Concurrency))
        {
            _ = JobOf(hungry).Poke();
        }

        return Task.FromResult(new Share(slots, published.RatePerSecond / published.Concurrency));
    }

    private async Task FindJobs(CancellationToken cancel)
    {
        if (State is not { Value.PublishedVersion: > 0 and var version })
        {
            return;
        }

        _published = await directory.Published(Key.Workspace, Key.Id, version);
        for (string? after = null; ;)
        {
            var page = await directory.List<Job>(Key.Workspace, OfMine with { After = after, Limit = Limits.PageMax }, cancel);
            foreach (var job in page.Items)
            {
                var started = job.Value.StartedAt is not null;
                _shares.Add(job.Id, started ? _published.Concurrency : 0, started, job.Value.Alone, Clock.GetUtcNow());
            }

            if ((after = page.Next) is null)
            {
                return;
            }
        }
    }

    private ValueTask<long> Unfinished() => directory.Count(Job.Kind, Key.Workspace, OfMine);

    private Query OfMine => new() { Filters = [new("spinner_id", Test.Equal, Key.Id), new("unfinished", Test.Equal, 1L)] };
}
