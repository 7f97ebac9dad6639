using System.Globalization;

namespace Troupe.Jobs;

/// <summary>A job's view of its lanes: orders to them, reports from them, and the division of the job's share. Used within the job grain's turns.</summary>
internal sealed class JobLanes
{
    private readonly IJobLaneGrain[] _lanes;
    private readonly LaneReport[] _reports;
    private readonly Block[] _blocks;
    private readonly Shares _shares = new();

    /// <summary>Nothing is ordered yet: every lane counts as wanting its whole block and holding nothing.</summary>
    public JobLanes(Job job, Func<int, IJobLaneGrain> lane)
    {
        _lanes = [.. Enumerable.Range(0, job.Lanes).Select(lane)];
        _blocks = [.. Enumerable.Range(0, job.Lanes).Select(i => JobPlan.BlockOf(job.Total, job.Lanes, i))];
        _reports = [.. _blocks.Select(b => new LaneReport(default, 0, (int)Math.Min(int.MaxValue, b.End - b.First), null, Idle: true, Done: false))];
    }

    /// <summary>Whether every lane has reported.</summary>
    public bool Heard { get; private set; }

    /// <summary>Outcomes of all lanes.</summary>
    public JobCounts Counts => _reports.Aggregate(default(JobCounts), (sum, report) => sum + report.Counts);

    /// <summary>Slots that lanes may be using.</summary>
    public int Held => _reports.Sum(r => r.Held);

    /// <summary>Slots that lanes could use.</summary>
    public int Wanted => (int)Math.Min(int.MaxValue, _reports.Sum(r => (long)r.Wanted));

    /// <summary>The counts will not change by themselves.</summary>
    public bool Idle => Array.TrueForAll(_reports, r => r.Idle);

    /// <summary>Every record has ended.</summary>
    public bool Done => Array.TrueForAll(_reports, r => r.Done);

    /// <summary>Why a lane cannot go on.</summary>
    public string? Error => Array.Find(_reports, r => r.Error is not null)?.Error;

    /// <summary>When the first waiting record of the lanes is due; null when none waits.</summary>
    public DateTimeOffset? NextDue => _reports.Min(r => r.NextDue);

    /// <summary>Gives every lane its order and takes the reports. A lane that can't be reached keeps its last report, and may be using what it was
    /// given.</summary>
    public async Task Order(LaneMode mode, Share share, DateTimeOffset now)
    {
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            _shares.Report(Name(lane), _reports[lane].Held, _reports[lane].Wanted, now);
        }

        var heard = await Task.WhenAll(Enumerable.Range(0, _lanes.Length).Select(lane => Order(lane, mode, share)));
        Heard |= Array.TrueForAll(heard, ok => ok);
    }

    private async Task<bool> Order(int lane, LaneMode mode, Share share)
    {
        var before = _reports[lane];
        if (before.Done)
        {
            return true;
        }

        var slots = mode == LaneMode.Run ? _shares.Grant(Name(lane), share.Slots) : 0;
        _reports[lane] = before with { Held = Math.Max(before.Held, slots) };
        try
        {
            _reports[lane] = await _lanes[lane].Step(new(_blocks[lane], mode, share with { Slots = slots }));
            return true;
        }
        catch (Exception fault) when (fault is TimeoutException or LimitExceededException or SiloUnavailableException)
        {
            return false;
        }
    }

    private static string Name(int lane) => lane.ToString(CultureInfo.InvariantCulture);
}
