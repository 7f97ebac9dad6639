using Troupe.Identity;
using Troupe.Jobs;
using Troupe.Tables;
using static Troupe.Tests.Jobs.World;

namespace Troupe.Tests.Jobs;

public sealed class JobTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(9_001)]
    public async Task Every_row_gets_its_outcome_once(int rows)
    {
        await using var world = await Start();
        var spinner = await world.MakeSpinner(await world.MakeTable(rows), Steps.Local);
        var job = await world.Run(spinner);
        var ended = await world.End(job);
        Assert.Equal((JobStatus.Completed, rows), (ended.Status, ended.Counts.Completed));
        var records = await world.Records(job);
        Assert.Equal(Enumerable.Range(1, rows).Select(i => (long)i), records.Select(r => r.Seq));
        Assert.All(records, r => Assert.Equal(r.Seq == 7 ? "hot" : "cold", r.Facets[RecordLog.Disposition]));
        Assert.Equal(rows == 0 ? ["job.created", "job.completed"] : ["job.created", "job.started", "job.completed"], await world.Events(job));
    }

    [Fact]
    public async Task A_selection_runs_those_rows_only_each_once()
    {
        await using var world = await Start();
        var table = await world.MakeTable(2_000);
        var log = world.Tables.Find(table)!.Log;
        var spinner = await world.MakeSpinner(table, Steps.Local);
        var job = await world.Run(spinner, RowId.Of(log, 1_999), RowId.Of(log, 7), RowId.Of(log, 7), RowId.Of(log, 1));
        Assert.Equal(3, (await world.End(job)).Counts.Completed);
        Assert.Equal([1L, 7L, 1_999L], (await world.Records(job)).Select(r => r.Seq));
    }

    [Fact]
    public async Task Selected_rows_that_are_not_there_are_refused_by_their_place()
    {
        await using var world = await Start();
        var table = await world.MakeTable(10);
        var log = world.Tables.Find(table)!.Log;
        var spinner = await world.MakeSpinner(table, Steps.Local);
        foreach (var bad in new[] { RowId.Of(log, 11), RowId.Of(RowId.NewLog(world.Now), 1), "7", "" })
        {
            var refused = await world.Spinner(spinner).Run(new([RowId.Of(log, 1), bad]), By);
            Assert.Equal("RowIds[1]", Assert.Single(refused.Failure!.Fields).Field);
        }

        Assert.Equal(Refusal.Invalid, (await world.Spinner(spinner).Run(new([]), By)).Failure!.Kind);
        Assert.Equal(0, await world.Store.Directory.Count(Job.Kind, World.Workspace, new()));
    }

    [Fact]
    public async Task A_job_with_failures_is_partial_and_one_of_failures_only_is_failed()
    {
        await using var world = await Start();
        world.Outside.Answer = key => key.EndsWith("_3/call", StringComparison.Ordinal) ? 400 : 200;
        var table = await world.MakeTable(5);
        var spinner = await world.MakeSpinner(table, Steps.Call);
        var partial = await world.Run(spinner);
        Assert.Equal((JobStatus.Partial, 4L, 1L), await EndOf(partial));
        Assert.Equal("failed", Status((await world.Records(partial)).Single(r => r.Seq == 3)));

        world.Outside.Answer = _ => 400;
        Assert.Equal((JobStatus.Failed, 0L, 5L), await EndOf(await world.Run(spinner)));

        async Task<(JobStatus, long, long)> EndOf(string job)
        {
            var ended = await world.End(job);
            return (ended.Status, ended.Counts.Completed, ended.Counts.Failed);
        }
    }

    [Fact]
    public async Task Outside_calls_carry_job_record_and_step_as_their_key()
    {
        await using var world = await Start();
        var job = await world.Run(await world.MakeSpinner(await world.MakeTable(40), Steps.Call));
        await world.End(job);
        Assert.Equal(Enumerable.Range(1, 40).Select(seq => $"{job}/{RecordId.Of(job, seq)}/call").Order(), world.Outside.Seen.Keys.Order());
        Assert.All(world.Outside.Seen.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task A_draft_an_unknown_and_a_foreign_spinner_cannot_be_run()
    {
        await using var world = await Start();
        var spinner = await world.MakeSpinner(await world.MakeTable(1), Steps.Local);
        var draft = Id.New(Troupe.Spinners.Spinner.Kind, world.Now);
        Ok(await world.Spinner(draft).Create(new() { Name = "Draft" }, By));
        var foreign = world.Host.Get<Troupe.Spinners.ISpinnerGrain>($"wrk_other/{spinner}");
        foreach (var grain in new[] { world.Spinner(draft), world.Spinner("spn_unknown"), foreign })
        {
            var refused = (await grain.Run(new(), By)).Failure!;
            Assert.Equal((Refusal.Missing, "published_spinner_not_found", "Published spinner not found"), (refused.Kind, refused.Code, refused.Message));
        }
    }

    [Fact]
    public async Task A_repeated_idempotency_key_answers_the_same_job_and_another_body_conflicts()
    {
        await using var world = await Start();
        var table = await world.MakeTable(3);
        var spinner = await world.MakeSpinner(table, Steps.Local);
        var job = Ok(await world.Spinner(spinner).Run(new(null, "once"), By)).Id;
        await world.End(job);
        Assert.Equal(job, Ok(await world.Spinner(spinner).Run(new(null, "once"), By)).Id);
        world.Kill();
        Assert.Equal(job, Ok(await world.Spinner(spinner).Run(new(null, "once"), By)).Id);
        var other = await world.Spinner(spinner).Run(new([RowId.Of(world.Tables.Find(table)!.Log, 1)], "once"), By);
        Assert.Equal("idempotency_conflict", other.Failure!.Code);
        Assert.NotEqual(job, Ok(await world.Spinner(spinner).Run(new(null, "twice"), By)).Id);
    }

    [Fact]
    public async Task A_full_plan_refuses_before_any_job_exists()
    {
        await using var world = await Start(plan: Plan.Trial);
        var spinner = await world.MakeSpinner(await world.MakeTable(501), Steps.Local);
        var refused = (await world.Spinner(spinner).Run(new(), By)).Failure!;
        Assert.Equal((Refusal.Forbidden, "plan_limit"), (refused.Kind, refused.Code));
        Assert.Equal(0, await world.Store.Directory.Count(Job.Kind, World.Workspace, new()));
    }

    [Fact]
    public async Task A_job_keeps_the_version_it_started_with()
    {
        await using var world = await Start();
        world.Outside.Hold();
        var spinner = await world.MakeSpinner(await world.MakeTable(3), Steps.Call);
        var job = await world.Run(spinner);
        await Pump.Until(() => world.Outside.InFlight == 3);
        Ok(await world.Spinner(spinner).Change(new() { Steps = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(Steps.Local) }, By));
        Assert.Equal(2, Ok(await world.Spinner(spinner).Publish(By)).Value.PublishedVersion);
        world.Outside.Release();
        var ended = await world.End(job);
        Assert.Equal(1, ended.SpinnerVersion);
        Assert.All(await world.Records(job), r => Assert.Equal("called", r.Facets[RecordLog.Disposition]));
    }

    [Fact]
    public async Task Rows_that_vanish_under_a_job_fail_it_with_the_reason()
    {
        await using var world = await Start();
        var table = await world.MakeTable(20_000);
        world.Outside.Hold();
        var job = await world.Run(await world.MakeSpinner(table, Steps.Call, concurrency: 8));
        await Pump.Until(() => world.Outside.InFlight == 8);
        await world.Store.Store.Commit(new Change(World.Workspace) { Rows = [new RowWrite.Drop(world.Tables.Find(table)!.Log)] });
        world.Outside.Release();
        var ended = await world.End(job);
        Assert.Equal(JobStatus.Failed, ended.Status);
        Assert.Contains("Rows of the table are gone", ended.Error, StringComparison.Ordinal);
        Assert.True(ended.Counts.Canceled > 0);
    }
}
