using System.Net;
using System.Text.Json.Nodes;
using Troupe.Identity;
using Troupe.Runtime;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Plans and what they count.</summary>
public sealed class PlanTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new(new DateTimeOffset(2026, 3, 31, 23, 59, 0, TimeSpan.Zero));
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.Start(_clock);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("trial", 2, 50, 500)]
    [InlineData("pro", 25, 500, 10_000)]
    [InlineData("advanced", 100, 5_000, 100_000)]
    [InlineData("enterprise", null, null, null)]
    [InlineData("self_hosted", null, null, null)]
    public async Task A_plan_allows_what_the_contract_says(string plan, int? spinners, int? jobs, int? records)
    {
        var id = await _server.MakeWorkspace(plan);
        var limits = (await _server.Admin.GetJson($"/admin/workspaces/{id}"))["data"]!["limits"]!;
        Assert.Equal((spinners, jobs, records), ((int?)limits["spinners"], (int?)limits["jobs_per_month"], (int?)limits["records_per_month"]));
    }

    [Theory]
    [InlineData(Meter.Spinners, 2, "Spinner limit reached on the trial plan (2/2). Upgrade to continue.")]
    [InlineData(Meter.Tables, 5, "Data table limit reached on the trial plan (5/5). Upgrade to continue.")]
    [InlineData(Meter.Keys, 2, "API key limit reached on the trial plan (2/2). Upgrade to continue.")]
    [InlineData(Meter.JobsPerMonth, 50, "Monthly jobs limit reached on the trial plan (50/50). Upgrade to continue.")]
    [InlineData(Meter.RecordsPerMonth, 500, "Monthly record/spin limit reached on the trial plan (500/500). Upgrade to continue.")]
    public async Task A_full_meter_refuses_with_resource_plan_and_figures(Meter meter, long limit, string message)
    {
        var workspace = Workspace(await _server.MakeWorkspace("trial"));
        Assert.True((await workspace.Charge([new(meter, limit)])).Ok);
        var refused = await workspace.Charge([new(meter, 1)]);
        Assert.Equal((Kernel.Refusal.Forbidden, "plan_limit", message), (refused.Failure!.Kind, refused.Failure.Code, refused.Failure.Message));
        Assert.Equal((limit, limit, 1L), (refused.Failure.Details["used"], refused.Failure.Details["limit"], refused.Failure.Details["requested"]));
    }

    [Fact]
    public async Task Amounts_are_taken_all_or_none()
    {
        var id = await _server.MakeWorkspace("trial");
        Assert.False((await Workspace(id).Charge([new(Meter.JobsPerMonth, 1), new(Meter.RecordsPerMonth, 501)])).Ok);
        Assert.Equal(0, await Used(id, "jobs_per_month"));
        Assert.True((await Workspace(id).Charge([new(Meter.JobsPerMonth, 1), new(Meter.RecordsPerMonth, 500)])).Ok);
        Assert.Equal((1, 500), (await Used(id, "jobs_per_month"), await Used(id, "records_per_month")));
    }

    [Fact]
    public async Task Monthly_meters_start_again_on_the_first_UTC_capacity_meters_do_not()
    {
        var id = await _server.MakeWorkspace("trial");
        await Workspace(id).Charge([new(Meter.JobsPerMonth, 50), new(Meter.Spinners, 2)]);
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False((await Workspace(id).Charge([new(Meter.JobsPerMonth, 1)])).Ok);

        _clock.Advance(TimeSpan.FromSeconds(1)); // 1 April, midnight
        Assert.Equal(0, await Used(id, "jobs_per_month"));
        Assert.True((await Workspace(id).Charge([new(Meter.JobsPerMonth, 1)])).Ok);
        Assert.Equal((1, 2), (await Used(id, "jobs_per_month"), await Used(id, "spinners")));
    }

    [Fact]
    public async Task Release_gives_capacity_back_but_no_month_and_never_below_nothing()
    {
        var id = await _server.MakeWorkspace("trial");
        await Workspace(id).Charge([new(Meter.Tables, 1), new(Meter.JobsPerMonth, 3)]);
        await Workspace(id).Release([new(Meter.Tables, 2), new(Meter.JobsPerMonth, 3)]);
        Assert.Equal((0, 3), (await Used(id, "tables"), await Used(id, "jobs_per_month")));
    }

    [Fact]
    public async Task Meters_survive_a_restart_and_are_no_events()
    {
        var id = await _server.MakeWorkspace("trial");
        await Workspace(id).Charge([new(Meter.RecordsPerMonth, 321)]);
        await _server.Restart();
        Assert.Equal(321, await Used(id, "records_per_month"));
        Assert.DoesNotContain(await _server.Events(), e => e.Event.Type == "workspace.metered");
    }

    [Fact]
    public async Task Concurrent_charges_never_go_over()
    {
        var id = await _server.MakeWorkspace("trial");
        var charged = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => Workspace(id).Charge([new(Meter.JobsPerMonth, 1)])));
        Assert.Equal(50, charged.Count(outcome => outcome.Ok));
        Assert.Equal(50, await Used(id, "jobs_per_month"));
    }

    [Fact]
    public async Task Keys_count_while_they_are_active()
    {
        var id = await _server.MakeWorkspace("trial");
        var first = await _server.MakeKey(id, "ingest");
        await _server.MakeKey(id, "ingest");
        var (status, answer) = await _server.Admin.Try(HttpMethod.Post, $"/admin/workspaces/{id}/keys", """{"name": "third", "scopes": ["ingest"]}""");
        Assert.Equal((HttpStatusCode.Forbidden, "plan_limit"), (status, answer["error"]!["code"]!.ToString()));
        Assert.Equal("API key limit reached on the trial plan (2/2). Upgrade to continue.", answer["error"]!["message"]!.ToString());

        await _server.Admin.SendJson(HttpMethod.Delete, $"/admin/workspaces/{id}/keys/key_{first[4..16]}", null);
        await _server.Admin.SendJson(HttpMethod.Delete, $"/admin/workspaces/{id}/keys/key_{first[4..16]}", null);
        Assert.Equal(1, await Used(id, "keys"));
        await _server.MakeKey(id, "ingest");
    }

    [Fact]
    public async Task Own_limits_stand_beside_the_plans_until_the_plan_is_set_again()
    {
        var id = await _server.MakeWorkspace("trial");
        var set = await Put(id, """{"limits": {"jobs_per_month": 7, "tables": null}}""");
        Assert.Equal((7, null, 500), ((int?)set["limits"]!["jobs_per_month"], (int?)set["limits"]!["tables"], (int?)set["limits"]!["records_per_month"]));

        set = await Put(id, """{"plan": "pro", "limits": {"keys": 3}}""");
        Assert.Equal(("pro", 3, 500), (set["plan"]!.ToString(), (int?)set["limits"]!["keys"], (int?)set["limits"]!["jobs_per_month"]));

        set = await Put(id, """{"plan": "advanced"}""");
        Assert.Equal((50, 5_000), ((int?)set["limits"]!["keys"], (int?)set["limits"]!["jobs_per_month"]));
    }

    [Theory]
    [InlineData("{}", "plan")]
    [InlineData("""{"plan": "gold"}""", "plan")]
    [InlineData("""{"limits": {"cakes": 1}}""", "limits.cakes")]
    [InlineData("""{"limits": {"tables": -1}}""", "limits.tables")]
    [InlineData("""{"limits": {"requests_per_second": 0}}""", "limits.requests_per_second")]
    [InlineData("""{"limits": {"tables": 1.5}}""", "limits.tables")]
    public async Task A_plan_that_breaks_a_rule_changes_nothing(string body, string field)
    {
        var id = await _server.MakeWorkspace("trial");
        var (status, answer) = await _server.Admin.Try(HttpMethod.Put, $"/admin/workspaces/{id}/plan", body);
        Assert.Equal(422, (int)status);
        Assert.Equal(field, answer["error"]!["field_errors"]![0]!["field"]!.ToString());
        Assert.Equal("trial", (await _server.Admin.GetJson($"/admin/workspaces/{id}"))["data"]!["plan"]!.ToString());
    }

    [Fact]
    public async Task What_is_used_already_stays_above_a_lower_limit()
    {
        var id = await _server.MakeWorkspace();
        await Workspace(id).Charge([new(Meter.Tables, 9)]);
        await Put(id, """{"plan": "trial"}""");
        var meter = (await _server.Admin.GetJson($"/admin/workspaces/{id}"))["data"]!["meters"]!["tables"]!;
        Assert.Equal((9, 5, 0), ((int)meter["used"]!, (int)meter["limit"]!, (int)meter["remaining"]!));
        Assert.True((await Workspace(id).Charge([new(Meter.Tables, 0)])).Ok);
        Assert.False((await Workspace(id).Charge([new(Meter.Tables, 1)])).Ok);
    }

    private IWorkspaceGrain Workspace(string id) => _server.Service<IGrainFactory>().GetGrain<IWorkspaceGrain>($"{GrainKey.System}/{id}");

    private async Task<JsonNode> Put(string id, string body) =>
        (await _server.Admin.SendJson(HttpMethod.Put, $"/admin/workspaces/{id}/plan", JsonNode.Parse(body)))["data"]!;

    private async Task<int> Used(string id, string meter) => (int)(await _server.Admin.GetJson($"/admin/workspaces/{id}"))["data"]!["meters"]![meter]!["used"]!;
}
