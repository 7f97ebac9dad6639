using Troupe.Jobs;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

public sealed class WaitTests
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData(3)]
    [InlineData(5_000)]
    public async Task Records_wait_hold_nothing_and_resume_within_a_second(int rows)
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(rows), Steps.Wait, concurrency: 4);
        var job = await world.Run(spinner);
        await Waits(world, job, rows);
        var due = (await world.Records(job)).Max(r => Wake.Due((long)r.Facets[RecordLog.Wake]!));

        var other = await world.Run(spinner); // the waiting job holds none of the concurrency
        await Waits(world, other, rows);

        _clock.Advance(due - _clock.GetUtcNow() - TimeSpan.FromMinutes(10));
        var waiting = Ok(await world.Job(job).Read()).Value;
        Assert.Equal((JobStatus.Running, (long)rows), (waiting.Status, waiting.Counts.Waiting));
        _clock.Advance(due - _clock.GetUtcNow());
        await Pump.Until(async () => (await Counts(world, job)).Waiting == 0, _clock);
        Assert.True(_clock.GetUtcNow() - due < TimeSpan.FromSeconds(rows == 3 ? 1 : 10), $"late by {_clock.GetUtcNow() - due}");
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, _clock);
        Assert.Equal(rows, (await world.End(job)).Counts.Completed);
        Assert.All(await world.Records(job), r => Assert.Equal("waited", r.Facets[RecordLog.Disposition]));
    }

    [Fact]
    public async Task A_wait_survives_the_death_of_the_process()
    {
        await using var world = await Start(_clock);
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(10), Steps.Wait));
        await Waits(world, job, 10);
        var due = _clock.GetUtcNow().AddHours(1);
        world.Kill();
        _clock.Advance(due - _clock.GetUtcNow());
        await Pump.Until(async () => (await world.Records(job)).All(r => Status(r) == "completed"), _clock); // nobody called: the reminder did it
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, _clock);
        Assert.Equal(10, (await world.End(job)).Counts.Completed);
    }

    [Fact]
    public async Task What_falls_due_while_the_job_is_paused_goes_on_when_it_is_resumed()
    {
        await using var world = await Start(_clock);
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(10), Steps.Wait));
        await Waits(world, job, 10);
        Ok(await world.Job(job).Pause(By));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(10, (await Counts(world, job)).Waiting);
        Ok(await world.Job(job).Resume(By));
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, _clock);
        Assert.Equal(10, (await world.End(job)).Counts.Completed);
    }

    /// <summary>The first lane has one record that waits and hands its slots to the second, which ends with all of them in use.</summary>
    [Fact]
    public async Task A_lane_that_is_done_leaves_its_slots_to_one_that_wakes()
    {
        const int rows = 4_000;
        const string steps = """
            [ { "id": "which", "type": "decision", "otherwise": "tag", "branches": [
                { "when": "payload.account_id == 'A-1'", "label": "waits", "next": "later" },
                { "when": "payload.account_id in ['A-3999', 'A-4000']", "label": "calls", "next": "call" } ] },
              { "id": "later", "type": "wait", "seconds": 3600, "next": "tag" },
              { "id": "call", "type": "http", "method": "POST", "url": "https://example.com/score", "next": "tag" },
              { "id": "tag", "type": "tag", "disposition": "ended" } ]
            """;
        await using var world = await Start(_clock);
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(rows), steps, concurrency: 2));
        Assert.Equal(2, Ok(await world.Job(job).Read()).Value.Lanes);
        await Pump.Until(async () => await Counts(world, job) is { Waiting: 1, Completed: rows - 3 } && world.Outside.InFlight == 2, _clock);
        world.Outside.Release();
        await Pump.Until(async () => await Counts(world, job) is { Waiting: 1, Completed: rows - 1 }, _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, _clock);
        Assert.Equal(rows, (await world.End(job)).Counts.Completed);
    }

    private Task Waits(World world, string job, long rows) => Pump.Until(async () => (await Counts(world, job)).Waiting == rows, _clock);

    private static async Task<JobCounts> Counts(World world, string job) => Ok(await world.Job(job).Read()).Value.Counts;
}
