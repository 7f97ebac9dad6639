using Troupe.Jobs;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

public sealed class PauseAndCancelTests
{
    [Fact]
    public async Task Paused_starts_nothing_more_and_lets_what_is_in_flight_end()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(50), Steps.Call, concurrency: 4));
        await Pump.Until(() => world.Outside.InFlight == 4);
        Assert.Equal(JobStatus.Paused, Ok(await world.Job(job).Pause(By)).Value.Status);
        world.Outside.Release();
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Counts.Completed == 4);
        Assert.Equal(4, world.Outside.Seen.Count);
        Ok(await world.Job(job).Pause(By)); // a second time changes nothing
        Assert.Equal(JobStatus.Running, Ok(await world.Job(job).Resume(By)).Value.Status);
        Assert.Equal((JobStatus.Completed, 50L), ((await world.End(job)).Status, (await world.End(job)).Counts.Completed));
        Assert.Equal(["job.created", "job.started", "job.paused", "job.resumed", "job.completed"], await world.Events(job));
    }

    [Fact]
    public async Task A_queued_job_can_be_paused_resumed_and_canceled()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Call, concurrency: 1);
        var first = await world.Run(spinner);
        await Pump.Until(() => world.Outside.InFlight == 1);
        var second = await world.Run(spinner);
        var third = await world.Run(spinner);
        Assert.Equal(JobStatus.Queued, Ok(await world.Job(second).Read()).Value.Status);
        Assert.Equal(JobStatus.Paused, Ok(await world.Job(second).Pause(By)).Value.Status);
        Assert.Equal(JobStatus.Canceled, Ok(await world.Job(third).Cancel(By)).Value.Status);
        world.Outside.Release();
        await world.End(first);
        Assert.Equal(JobStatus.Paused, Ok(await world.Job(second).Read()).Value.Status);
        Assert.Equal(JobStatus.Queued, Ok(await world.Job(second).Resume(By)).Value.Status);
        Assert.Equal(2, (await world.End(second)).Counts.Completed);
        Assert.Equal(2, (await world.End(third)).Counts.Canceled);
        Assert.Empty(await world.Records(third));
    }

    [Fact]
    public async Task Cancel_cuts_short_what_is_in_flight_and_counts_what_never_started()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(30), Steps.Call, concurrency: 4));
        await Pump.Until(() => world.Outside.InFlight == 4);
        Ok(await world.Job(job).Cancel(By));
        Ok(await world.Job(job).Cancel(By));
        var ended = await world.End(job);
        Assert.Equal((JobStatus.Canceled, new JobCounts(0, 0, 0, 30)), (ended.Status, ended.Counts));
        Assert.Equal(["canceled", "canceled", "canceled", "canceled"], (await world.Records(job)).Select(Status));
        Assert.All(await world.Records(job), r => Assert.Contains($"\"Lead {r.Seq}\"", Text(r), StringComparison.Ordinal));
        Assert.Equal(0, world.Outside.InFlight);
        Assert.Equal(JobStatus.Canceled, Ok(await world.Job(job).Cancel(By)).Value.Status);
        Assert.Equal("job_ended", (await world.Job(job).Resume(By)).Failure!.Code);
        Assert.Equal(["job.created", "job.started", "job.canceling", "job.canceled"], await world.Events(job));
    }

    [Fact]
    public async Task Cancel_of_a_paused_job_keeps_what_was_done()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(30), Steps.Call, concurrency: 4));
        await Pump.Until(() => world.Outside.InFlight == 4);
        Ok(await world.Job(job).Pause(By));
        world.Outside.Release();
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Counts.Completed == 4);
        Ok(await world.Job(job).Cancel(By));
        Assert.Equal(new JobCounts(4, 0, 0, 26), (await world.End(job)).Counts);
    }

    [Fact]
    public async Task Cancel_gives_up_waiting_records_and_keeps_their_journal()
    {
        await using var world = await Start();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(3_000), Steps.Wait));
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Counts.Waiting == 3_000);
        Ok(await world.Job(job).Cancel(By));
        Assert.Equal((JobStatus.Canceled, new JobCounts(0, 0, 0, 3_000)), ((await world.End(job)).Status, (await world.End(job)).Counts));
        Assert.All(await world.Records(job), r =>
        {
            Assert.Equal("canceled", Status(r));
            Assert.Contains("Hello Lead", Text(r), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_spinner_with_an_unfinished_job_cannot_be_deleted()
    {
        await using var world = await Start();
        var spinner = await world.MakeSpinner(await world.MakeTable(1), Steps.Wait);
        var job = await world.Run(spinner);
        Assert.Equal("spinner_busy", (await world.Spinner(spinner).Delete(By)).Failure!.Code);
        Ok(await world.Job(job).Cancel(By));
        await world.End(job);
        Ok(await world.Spinner(spinner).Delete(By));
        Assert.Equal("published_spinner_not_found", (await world.Spinner(spinner).Run(new(), By)).Failure!.Code);
        Assert.Equal(JobStatus.Canceled, Ok(await world.Job(job).Read()).Value.Status);
    }
}
