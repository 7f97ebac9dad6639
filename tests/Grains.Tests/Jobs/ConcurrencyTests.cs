using Troupe.Jobs;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Jobs_of_a_spinner_share_its_concurrency_and_never_exceed_it()
    {
        await using var world = await Start();
        var spinner = await world.MakeSpinner(await world.MakeTable(3_000), Steps.Call, concurrency: 6);
        var jobs = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            jobs.Add(await world.Run(spinner));
        }

        foreach (var job in jobs)
        {
            Assert.Equal(3_000, (await world.End(job)).Counts.Completed);
        }

        Assert.InRange(world.Outside.Peak, 2, 6);
    }

    [Fact]
    public async Task Jobs_beyond_those_that_share_are_queued_in_order()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var spinner = await world.MakeSpinner(await world.MakeTable(1), Steps.Call, concurrency: 2);
        var jobs = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            jobs.Add(await world.Run(spinner));
        }

        await Pump.Until(() => world.Outside.InFlight == 2);
        Assert.Equal([JobStatus.Running, JobStatus.Running, JobStatus.Queued, JobStatus.Queued], await Statuses());
        world.Outside.Release();
        foreach (var job in jobs)
        {
            Assert.Equal(JobStatus.Completed, (await world.End(job)).Status);
        }

        var started = new List<DateTimeOffset>();
        foreach (var job in jobs)
        {
            started.Add(Ok(await world.Job(job).Read()).Value.StartedAt!.Value);
        }

        Assert.Equal(started.Order(), started);

        async Task<List<JobStatus>> Statuses()
        {
            var statuses = new List<JobStatus>();
            foreach (var job in jobs)
            {
                statuses.Add(Ok(await world.Job(job).Read()).Value.Status);
            }

            return statuses;
        }
    }

    [Fact]
    public async Task The_rate_holds_over_the_jobs_of_a_spinner()
    {
        var clock = new FakeClock();
        await using var world = await Start(clock);
        var spinner = await world.MakeSpinner(await world.MakeTable(400), Steps.Call, rate: 20);
        var start = clock.GetUtcNow();
        var jobs = new[] { await world.Run(spinner), await world.Run(spinner) };
        await Pump.Until(() => world.Outside.Seen.Count >= 100, clock);
        var seconds = (clock.GetUtcNow() - start).TotalSeconds;
        Assert.True(world.Outside.Seen.Count <= (20 * seconds) + 4, $"{world.Outside.Seen.Count} starts in {seconds} s");
        foreach (var job in jobs)
        {
            Ok(await world.Job(job).Cancel(By));
            await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, clock);
        }
    }

    [Fact]
    public async Task A_new_activation_of_the_spinner_gives_nothing_away_that_a_job_still_uses()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var spinner = await world.MakeSpinner(await world.MakeTable(50), Steps.Call, concurrency: 4);
        var job = await world.Run(spinner);
        await Pump.Until(() => world.Outside.InFlight == 4);
        world.Kill(); // its successor holds the calls back anew
        world.Outside.Hold();
        var other = await world.Run(spinner);
        await world.Job(job).Poke();
        await Pump.Until(() => world.Outside.InFlight == 4);
        world.Outside.Release();
        Assert.Equal(50, (await world.End(job)).Counts.Completed);
        Assert.Equal(50, (await world.End(other)).Counts.Completed);
        Assert.InRange(world.Outside.Peak, 1, 8); // 4 of the dead process, 4 of the living
    }
}
