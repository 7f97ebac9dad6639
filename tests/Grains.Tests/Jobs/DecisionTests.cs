using Troupe.Jobs;
using Troupe.Tables;

namespace Troupe.Tests.Jobs;

public sealed class DecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Job Fresh = new("spn_1", 1, "table", 10, 1, "key:x");
    private static readonly Job Running = Fresh.Start(Now);

    [Theory]
    [InlineData(10, 0, JobStatus.Completed)]
    [InlineData(9, 1, JobStatus.Partial)]
    [InlineData(0, 10, JobStatus.Failed)]
    public void The_end_follows_from_the_counts(long completed, long failed, JobStatus status)
    {
        var ended = Running.Finish(new(completed, failed, 0, 0), Now.AddSeconds(4));
        Assert.Equal(status, ended.Status);
        Assert.Equal(Now.AddSeconds(4), ended.EndedAt);
        Assert.Equal((completed + failed) / 4.0, ended.Rate(Now.AddHours(1)));
    }

    [Fact]
    public void A_job_without_rows_completes() => Assert.Equal(JobStatus.Completed, (Fresh with { Total = 0 }).Finish(default, Now).Status);

    [Fact]
    public void Cancel_before_the_start_ends_at_once_and_counts_every_record()
    {
        var canceled = Fresh.Cancel(Now).Value!;
        Assert.Equal((JobStatus.Canceled, new JobCounts(0, 0, 0, 10), Now), (canceled.Status, canceled.Counts, canceled.EndedAt));
        Assert.Same(canceled, canceled.Cancel(Now).Value);
    }

    [Fact]
    public void Cancel_after_the_start_winds_up_first()
    {
        var ending = Running.Pause().Value!.Cancel(Now).Value!;
        Assert.Equal((JobStatus.Running, JobStatus.Canceled), (ending.Status, ending.Ending));
        Assert.Same(ending, ending.Cancel(Now).Value);
        Assert.Equal("job_ended", ending.Pause().Failure!.Code);
        Assert.Equal(JobStatus.Canceled, ending.Finish(new(4, 0, 0, 6), Now).Status);
    }

    [Fact]
    public void What_has_ended_is_neither_canceled_nor_held_nor_resumed()
    {
        var done = Running.Finish(new(10, 0, 0, 0), Now);
        foreach (var refused in new[] { done.Cancel(Now), done.Pause(), done.Resume() })
        {
            Assert.Equal((Refusal.Conflict, "job_ended"), (refused.Failure!.Kind, refused.Failure.Code));
        }

        Assert.Same(done, done.Progress(new(1, 1, 1, 1)));
        Assert.Same(done, done.Fail("late"));
    }

    [Fact]
    public void Pause_and_resume_lead_back_to_where_it_was()
    {
        Assert.Equal(JobStatus.Queued, Fresh.Pause().Value!.Resume().Value!.Status);
        Assert.Equal(JobStatus.Running, Running.Pause().Value!.Resume().Value!.Status);
        Assert.Same(Running, Running.Resume().Value);
    }

    [Fact]
    public void A_job_that_cannot_go_on_fails_with_its_reason()
    {
        var ending = Running.Fail("Rows are gone.");
        Assert.Equal((JobStatus.Failed, "Rows are gone."), (ending.Finish(new(3, 0, 0, 7), Now).Status, ending.Error));
    }

    [Fact]
    public void Blocks_follow_each_other_without_gap_and_are_even()
    {
        foreach (var (total, lanes) in new[] { (0L, 1), (1L, 1), (10L, 3), (1_000_003L, 4), (7L, 4) })
        {
            var blocks = Enumerable.Range(0, lanes).Select(lane => JobPlan.BlockOf(total, lanes, lane)).ToList();
            Assert.Equal(0, blocks[0].First);
            Assert.Equal(total, blocks[^1].End);
            Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.First));
            Assert.True(blocks.Max(b => b.End - b.First) - blocks.Min(b => b.End - b.First) <= 1);
        }
    }

    [Theory]
    [InlineData(0, 16, null, 1)]
    [InlineData(1, 16, null, 1)]
    [InlineData(1_000_000, 1, null, 1)]
    [InlineData(1_000_000, 16, null, Limits.JobLanes)]
    [InlineData(1_000_000, 16, 50.0, 1)]
    [InlineData(1_000_000, 16, 1_200.0, 2)]
    public void Lanes_are_as_many_as_are_worth_having(long total, int concurrency, double? rate, int lanes) =>
        Assert.Equal(lanes, JobPlan.Lanes(total, concurrency, rate));

    [Fact]
    public void A_selection_maps_positions_to_rows()
    {
        var plan = new JobPlan("spn_1", 1, new TableSnapshot("t", "log_1", 100, ["a"], ["a"]), [3, 50, 99]);
        Assert.Equal((3L, 50L), (plan.Total, plan.Seq(1)));
        Assert.Equal((100L, 2L), ((plan with { Rows = null }).Total, (plan with { Rows = null }).Seq(1)));
    }

    [Fact]
    public void Record_ids_lead_back_to_job_and_row()
    {
        var job = Id.New(Job.Kind, Now);
        Assert.True(RecordId.TryParse(RecordId.Of(job, 4711), out var parsed, out var seq));
        Assert.Equal((job, 4711L), (parsed, seq));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rec_")]
    [InlineData("job_0123456789abcdef0123456789abcdef_1")]
    [InlineData("rec_0123456789abcdef0123456789abcdef")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_0")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_01")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_-1")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_1x")]
    [InlineData("rec_0123456789abcdef0123456789abcdef_99999999999999999999")]
    [InlineData("rec_0123456789ABCDEF0123456789abcdef_1")]
    [InlineData("rec_0123456789abcdef0123456789abcde/_1")]
    public void Other_texts_are_no_record_ids(string text) => Assert.False(RecordId.TryParse(text, out _, out _));

    [Fact]
    public void Wakes_of_a_lane_are_one_stretch_in_order_of_time()
    {
        Assert.True(Wake.At(0, Now) < Wake.At(0, Now.AddMilliseconds(1)));
        Assert.True(Wake.At(0, DateTimeOffset.MaxValue.AddYears(-8000)) < Wake.First(1));
        Assert.True(Wake.First(1) < Wake.At(1, Now) && Wake.At(1, Now) < Wake.First(2));
        Assert.Equal(Now, Wake.Due(Wake.At(3, Now)));
    }
}
