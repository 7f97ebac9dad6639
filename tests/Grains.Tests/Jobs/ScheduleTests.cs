using Troupe.Jobs;
using Troupe.Spinners;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

public sealed class ScheduleTests
{
    /// <summary>A timer that is set while the clock jumps counts from after the jump: it may be late by as long as reminders look ahead. In such steps the
    /// clock makes up for that in a moment, and is still far from the next due time.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly FakeClock _clock = new(); // 1 March 2026, 12:00 UTC

    [Fact]
    public async Task A_schedule_runs_when_it_is_due_in_its_time_zone()
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Local);
        var set = Ok(await world.Spinner(spinner).SetSchedule(new("30 14 * * *", "Europe/Berlin"), By)).Value;
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 13, 30, 0, TimeSpan.Zero), set.NextRunAt);
        _clock.Advance(TimeSpan.FromMinutes(89));
        Assert.Equal(0, await Jobs(world));
        await RunsUntil(world, TimeSpan.FromMinutes(1), jobs: 1);
        var job = Assert.Single((await world.Store.Directory.List<Job>(World.Workspace, new())).Items);
        Assert.Equal("schedule", job.Value.StartedBy);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 13, 30, 0, TimeSpan.Zero), Ok(await world.Spinner(spinner).Read()).Value.NextRunAt);
        await RunsUntil(world, TimeSpan.FromDays(1), jobs: 2);
    }

    [Fact]
    public async Task What_was_missed_while_down_fires_once_on_return()
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Local);
        Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *"), By));
        world.Fuse.Blow();
        _clock.Advance(TimeSpan.FromHours(5.5));
        world.Kill();
        await RunsUntil(world, TimeSpan.Zero, jobs: 1);
        await Pump.Until(async () => Ok(await world.Spinner(spinner).Read()).Value.NextRunAt > _clock.GetUtcNow(), _clock, Step);
        Assert.Equal(1, await Jobs(world));
    }

    [Fact]
    public async Task A_tick_that_dies_half_way_makes_one_job()
    {
        for (var commit = 1; commit <= 4; commit++)
        {
            var clock = new FakeClock();
            await using var world = await Start(clock);
            var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Local);
            Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *"), By));
            world.Fuse.BlowAt(commit, afterStoring: true);
            clock.Advance(TimeSpan.FromHours(1));
            await Pump.Until(() => world.Fuse.IsBlown, clock, Step);
            world.Kill();
            await Pump.Until(async () => Ok(await world.Spinner(spinner).Read()).Value.NextRunAt > clock.GetUtcNow(), clock, Step);
            Assert.Equal(1, await Jobs(world));
            Assert.Equal((1, 2), await world.Charged());
        }
    }

    [Fact]
    public async Task Skip_leaves_a_due_run_out_while_an_earlier_job_is_unfinished()
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Call);
        Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *"), By));
        world.Outside.Hold();
        await RunsUntil(world, TimeSpan.FromHours(1), jobs: 1);
        await Pump.Until(() => world.Outside.InFlight == 2, _clock, Step);
        await Ticks(world, spinner, 3);
        Assert.Equal(1, await Jobs(world));
        world.Outside.Release();
        await AllEnd(world);
        await RunsUntil(world, TimeSpan.FromHours(1), jobs: 2);
    }

    [Fact]
    public async Task Queue_lets_one_due_run_wait_for_the_earlier_job()
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Call);
        Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *", Overlap: Overlap.Queue), By));
        world.Outside.Hold();
        await RunsUntil(world, TimeSpan.FromHours(1), jobs: 1);
        await Pump.Until(() => world.Outside.InFlight == 2, _clock, Step);
        await Ticks(world, spinner, 3);
        var jobs = (await world.Store.Directory.List<Job>(World.Workspace, new())).Items;
        Assert.Equal([JobStatus.Running, JobStatus.Queued], jobs.Select(j => j.Value.Status)); // one waits, the others are left out
        world.Outside.Release();
        await AllEnd(world);
        var (first, second) = (Ok(await world.Job(jobs[0].Id).Read()).Value, Ok(await world.Job(jobs[1].Id).Read()).Value);
        Assert.True(second.StartedAt >= first.EndedAt);
    }

    [Fact]
    public async Task A_refused_run_is_told_and_the_schedule_goes_on()
    {
        await using var world = await Start(_clock, Troupe.Identity.Plan.Trial);
        var table = await world.MakeTable(501);
        var spinner = await world.MakeSpinner(table, Steps.Local);
        Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *"), By));
        _clock.Advance(TimeSpan.FromHours(1));
        await Pump.Until(async () => Ok(await world.Spinner(spinner).Read()).Value.LastRefusal is not null, _clock, Step);
        Assert.StartsWith("plan_limit", Ok(await world.Spinner(spinner).Read()).Value.LastRefusal, StringComparison.Ordinal);
        Assert.Contains("spinner.run_refused", await world.Events(spinner));
        Assert.Equal(0, await Jobs(world));
    }

    [Fact]
    public async Task A_dropped_schedule_runs_nothing()
    {
        await using var world = await Start(_clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Local);
        Ok(await world.Spinner(spinner).SetSchedule(new("0 * * * *"), By));
        Assert.Null(Ok(await world.Spinner(spinner).DropSchedule(By)).Value.NextRunAt);
        Assert.Empty(await world.Store.Reminders.All(new("SpinnerGrain", $"{World.Workspace}/{spinner}")));
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(0, await Jobs(world));
    }

    [Fact]
    public async Task An_unpublished_spinner_and_a_bad_cron_are_refused()
    {
        await using var world = await Start(_clock);
        var draft = Id.New(Spinner.Kind, world.Now);
        Ok(await world.Spinner(draft).Create(new() { Name = "Draft" }, By));
        Assert.Equal("spinner_unpublished", (await world.Spinner(draft).SetSchedule(new("0 * * * *"), By)).Failure!.Code);
        var spinner = await world.MakeSpinner(await world.MakeTable(2), Steps.Local);
        Assert.Equal(Refusal.Invalid, (await world.Spinner(spinner).SetSchedule(new("61 * * * *"), By)).Failure!.Kind);
        Assert.Equal(Refusal.Invalid, (await world.Spinner(spinner).SetSchedule(new("0 * * * *", "Mars/Olympus"), By)).Failure!.Kind);
    }

    private static ValueTask<long> Jobs(World world) => world.Store.Directory.Count(Job.Kind, World.Workspace, new());

    private async Task RunsUntil(World world, TimeSpan passed, long jobs)
    {
        _clock.Advance(passed);
        await Pump.Until(async () => await Jobs(world) == jobs, _clock, Step);
    }

    private async Task Ticks(World world, string spinner, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var due = Ok(await world.Spinner(spinner).Read()).Value.NextRunAt!.Value;
            _clock.Advance(due - _clock.GetUtcNow());
            await Pump.Until(async () => Ok(await world.Spinner(spinner).Read()).Value.NextRunAt > due, _clock, Step);
        }
    }

    private async Task AllEnd(World world)
    {
        await Pump.Until(async () => (await world.Store.Directory.List<Job>(World.Workspace, new())).Items.All(j => j.Value.Ended), _clock, Step);
    }
}
