using Troupe.Jobs;
using Troupe.Spinners;
using Troupe.Tables;

namespace Troupe.Tests.Jobs;

/// <summary>Two moments in which a lane could fall asleep for good, or keep others from going on.</summary>
public sealed class LaneTests
{
    private const string JobId = "job_0197a0000000700080000000000000aa";

    /// <summary>Whoever is told of a commit looks at once whether it is through; if it were not, nobody would tell him again.</summary>
    [Fact]
    public async Task A_lane_hears_of_a_commit_when_it_is_complete()
    {
        await using var store = await TempStore.Open();
        var log = await LaneLog.Open(Work(store));
        var busy = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Stored = () =>
        {
            _ = log.Settle().AsTask();
            busy.TrySetResult(log.Busy);
        };

        log.Add(new LaneItem(1, 0, default), new(RecordStatus.Completed, null, "{}"u8.ToArray(), null));
        await log.Commit();
        Assert.False(await busy.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, log.Committed.Completed);
    }

    [Fact]
    public void A_lane_that_is_done_holds_nothing()
    {
        var order = new LaneOrder(new(0, 1), LaneMode.Run, new(8, null));
        var report = new LaneReport(new(1, 0, 0, 0), 0, 0, null, Idle: true, Done: false);
        var gate = new LaneGate(order, report);
        Assert.Equal(8, gate.Take(order).Held);
        gate.Publish(report with { Done = true });
        Assert.Equal(0, gate.Take(order).Held);
    }

    private static LaneWork Work(TempStore store)
    {
        var plan = new JobPlan("spn_0", 1, new TableSnapshot("table", "log", 1, ["a"], []), null);
        return new("wrk_0", JobId, 0, new(0, 1), plan, null!, null!, store.Store, store.Rows, store.Directory, TimeProvider.System)
        {
            News = static () => { },
            Report = static (_, _) => { },
        };
    }
}
