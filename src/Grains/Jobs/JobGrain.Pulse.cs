using Microsoft.Extensions.Logging;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>How a job drives its lanes: pulse by pulse it asks its spinner for slots, hands them to the lanes, hears how far they are, and falls silent when
/// there is nothing to do but wait.</summary>
public sealed partial class JobGrain
{
    private static readonly TimeSpan PulsePeriod = TimeSpan.FromMilliseconds(Limits.JobPulseMilliseconds);
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromMilliseconds(Limits.JobProgressMilliseconds);

    private JobLanes? _lanes;
    private IGrainTimer? _pulse;
    private bool _woken;
    private DateTimeOffset _written;
    private DateTimeOffset? _reminded = DateTimeOffset.MinValue; // null: every minute

    /// <summary>Makes the next pulse come now.</summary>
    private void Wake()
    {
        _woken = true;
        if (_pulse is null)
        {
            _pulse = this.RegisterGrainTimer(Pulse, new() { DueTime = TimeSpan.Zero, Period = PulsePeriod, KeepAlive = true });
        }
        else
        {
            _pulse.Change(TimeSpan.Zero, PulsePeriod);
        }
    }

    private async Task Pulse(CancellationToken cancel)
    {
        _woken = false;
        try
        {
            var nothingToDo = State is null || await Settle() || await Turn();
            if (nothingToDo && !_woken)
            {
                _pulse?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception fault)
        {
            LogFault(log, fault, Key.Id);
        }
    }

    /// <summary>One round; true when there is nothing to do until somebody pokes or the reminder fires.</summary>
    private async Task<bool> Turn()
    {
        await Hear();
        var job = State!.Value;
        var wants = job.Status != JobStatus.Paused && job.Ending is null;
        var share = await Spinner.Refresh(Key.Id, Lanes.Held, wants ? Lanes.Wanted : 0, false);
        if (share.Slots > 0 && job.Status == JobStatus.Queued)
        {
            await Apply(was => was.Start(Clock.GetUtcNow()), "started", Itself);
        }

        if (State.Value.StartedAt is not null)
        {
            await Order(share);
        }

        if (await Settle())
        {
            return true;
        }

        await KeepCounts();
        return await FallSilent();
    }

    /// <summary>A new activation first learns what its lanes have done and still hold.</summary>
    private async Task Hear()
    {
        try
        {
            if (!Lanes.Heard)
            {
                await Order(default);
            }
        }
        catch (Exception fault)
        {
            LogFault(log, fault, Key.Id);
        }
    }

    /// <summary>Gives the lanes their orders and hears them.</summary>
    private async Task Order(Share share)
    {
        if (State?.Value is { Ended: false, StartedAt: not null } job)
        {
            var mode = job.Ending is not null ? LaneMode.Stop : job.Status == JobStatus.Paused ? LaneMode.Hold : LaneMode.Run;
            await Lanes.Order(mode, share, Clock.GetUtcNow());
        }
    }

    /// <summary>Draws the conclusion when the lanes are done or cannot go on; true once the job has ended.</summary>
    private async Task<bool> Settle()
    {
        if (State!.Value is { Ended: false } job)
        {
            if (Lanes.Error is { } error && job.Ending is null)
            {
                await Apply(was => was.Fail(error), "failing", Itself);
                return false;
            }

            if (!Lanes.Done && job.Total > 0)
            {
                return false;
            }

            var verb = Job.Name(job.Finish(Lanes.Counts, Clock.GetUtcNow()).Status);
            await Apply(was => was.Finish(Lanes.Counts, Clock.GetUtcNow()), verb, Itself);
        }

        await Spinner.Refresh(Key.Id, 0, 0, true);
        await Forget();
        _awaitingEnd.ForEach(ended => ended.TrySetResult());
        _awaitingEnd.Clear();
        return true;
    }

    private async Task KeepCounts()
    {
        var now = Clock.GetUtcNow();
        if (Lanes.Heard && now - _written >= ProgressPeriod)
        {
            await Apply(was => was.Progress(Lanes.Counts), Progress, Itself);
            _written = now;
        }
    }

    /// <summary>A job that is queued, held, or has only waiting records needs no pulse: its spinner pokes it, its caller resumes it, or its reminder
    /// wakes it.</summary>
    private async Task<bool> FallSilent()
    {
        var job = State!.Value;
        var now = Clock.GetUtcNow();
        var due = Lanes.NextDue;
        var silent = job.Ending is null && Lanes is { Held: 0, Idle: true }
            && (job.Status is JobStatus.Queued or JobStatus.Paused || (Lanes is { Heard: true, Wanted: 0 } && due > now));
        var wake = silent && job.Status == JobStatus.Running ? due!.Value : (DateTimeOffset?)null;
        if (silent && job.Counts != Lanes.Counts && Lanes.Heard)
        {
            await Apply(was => was.Progress(Lanes.Counts), Progress, Itself);
        }

        if (silent && job.Status != JobStatus.Queued)
        {
            await Spinner.Refresh(Key.Id, 0, 0, false);
        }

        if (wake != _reminded)
        {
            await Remind(wake is null ? Period : wake.Value - now);
            _reminded = wake;
        }

        return silent;
    }

    private JobLanes Lanes => _lanes ??= new(State!.Value, LaneOf);

    private IJobLaneGrain LaneOf(int lane) => GrainFactory.GetGrain<IJobLaneGrain>(new GrainKey(Key.Workspace, JobLane.Id(Key.Id, lane)).ToString());

    private ISpinnerGrain Spinner => GrainFactory.GetGrain<ISpinnerGrain>(new GrainKey(Key.Workspace, State!.Value.SpinnerId).ToString());

    private Caller Itself => new(Key.Workspace, $"job:{Key.Id}");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} could not go on and tries again")]
    private static partial void LogFault(ILogger log, Exception fault, string job);
}
