using Troupe.Jobs;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

/// <summary>The process dies at every kind of moment; each record is recorded once all the same.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_survives_a_death_at_any_commit(bool afterStoring)
    {
        for (var commit = 1; commit <= 12; commit++)
        {
            await using var world = await Start();
            var spinner = await world.MakeSpinner(await world.MakeTable(9_000), Steps.Local);
            world.Fuse.BlowAt(commit, afterStoring);
            var asked = new RunRequestOnce(world, spinner);
            var job = await asked.Try() ?? await Again();
            await Pump.Until(async () => world.Fuse.IsBlown || Ok(await world.Job(job).Read()).Value.Ended);
            world.Kill();
            Assert.Equal(job, await asked.Try()); // the same key answers the same job: it was made once
            await world.Job(job).Poke();
            Assert.Equal((JobStatus.Completed, 9_000L), (await world.End(job)) is var ended ? (ended.Status, ended.Counts.Completed) : default);
            Assert.Equal(1, await world.Store.Directory.Count(Job.Kind, World.Workspace, new()));
            Assert.Equal((1, 9_000), await world.Charged());

            async Task<string> Again()
            {
                world.Kill();
                return (await asked.Try())!;
            }
        }
    }

    [Fact]
    public async Task Deaths_while_calls_are_under_way_lose_nothing_and_repeat_only_under_the_same_keys()
    {
        await using var world = await Start();
        var random = new Random(20261121);
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(3_000), Steps.Call, concurrency: 8));
        for (var death = 0; death < 8; death++)
        {
            var commits = 10 + random.Next(20);
            await Pump.Until(async () => world.Fuse.Commits > commits || (await world.Records(job)).Count == 3_000);
            world.Kill();
            await world.Job(job).Poke();
        }

        Assert.Equal((JobStatus.Completed, 3_000L), (await world.End(job)) is var ended ? (ended.Status, ended.Counts.Completed) : default);
        Assert.Equal(3_000, (await world.Records(job)).Count);
        var keys = Enumerable.Range(1, 3_000).Select(seq => $"{job}/{RecordId.Of(job, seq)}/call");
        Assert.Equal(keys.Order(StringComparer.Ordinal), world.Outside.Seen.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_death_while_canceling_ends_in_canceled()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(100), Steps.Call, concurrency: 8));
        await Pump.Until(() => world.Outside.InFlight == 8);
        world.Fuse.BlowAt(1, afterStoring: true); // the decision is stored, its answer lost
        await Assert.ThrowsAnyAsync<Exception>(() => world.Job(job).Cancel(By));
        world.Kill();
        await world.Job(job).Poke();
        Assert.Equal((JobStatus.Canceled, 100L), (await world.End(job)) is var ended ? (ended.Status, ended.Counts.Canceled) : default);
    }

    [Fact]
    public async Task A_reminder_alone_brings_a_dead_job_back()
    {
        var clock = new FakeClock();
        await using var world = await Start(clock);
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(10), Steps.Call));
        await Pump.Until(() => world.Outside.InFlight == 10, clock);
        world.Kill();
        clock.Advance(TimeSpan.FromMinutes(1));
        await Pump.Until(async () => (await world.Records(job)).Count == 10, clock);
        await Pump.Until(async () => Ok(await world.Job(job).Read()).Value.Ended, clock);
        Assert.Equal(10, (await world.End(job)).Counts.Completed);
    }

    [Fact]
    public async Task A_stopping_node_stores_what_has_ended_and_the_next_goes_on()
    {
        await using var world = await Start();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(20_000), Steps.Local));
        await Pump.Until(async () => (await world.Records(job)).Count > 0);
        await world.Host.Node.Stop();
        world.Kill();
        await world.Job(job).Poke();
        Assert.Equal(20_000, (await world.End(job)).Counts.Completed);
    }

    /// <summary>A request that is repeated with its key until it is answered.</summary>
    private sealed class RunRequestOnce(World world, string spinner)
    {
        public async Task<string?> Try()
        {
            try
            {
                return Ok(await world.Spinner(spinner).Run(new(null, "once"), By)).Id;
            }
            catch (StoreException)
            {
                return null;
            }
        }
    }
}
