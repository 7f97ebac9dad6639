using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Troupe.Tests.Jobs;

public class RunStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task A_published_spinner_is_triggered_and_every_row_has_its_outcome_and_journey()
    {
        var desk = await JobDesk.Open(shared.Server);
        var spinner = await desk.MakeSpinner(await desk.MakeTable(2_500), Flows.Local);
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}");
        var job = answer["jobId"]!.GetValue<string>();
        Assert.Equal((HttpStatusCode.Created, $$"""{"ok":true,"jobId":"{{job}}","spinnerId":"{{spinner}}"}"""), (status, answer.ToJsonString()));

        var ended = await desk.End(job);
        Assert.Equal("completed", (string?)ended["status"]);
        Assert.Equal([2_500, 2_500, 0, 0, 0], new[] { "total", "completed", "failed", "waiting", "canceled" }.Select(count => Number(ended, count)));
        Assert.True(ended["rate"]!.GetValue<double>() > 0);
        Assert.True(ended["ended_at"]!.GetValue<DateTimeOffset>() >= ended["started_at"]!.GetValue<DateTimeOffset>());

        var records = await desk.Records(job, limit: 700);
        Assert.Equal(Enumerable.Range(1, 2_500), records.Select(r => r["seq"]!.GetValue<int>()));
        var hot = Assert.Single(await desk.Records(job, "&disposition=hot&status=completed"));
        Assert.Equal("""{"name":"Lead 2","account_id":"A-2"}""", hot["payload"]!.ToJsonString());
        Assert.Equal("""{"message":"Hello Lead 2"}""", hot["output"]!.ToJsonString());
        Assert.Empty(await desk.Records(job, "&status=failed"));

        var record = (await desk.Http.GetJson($"/api/v1/records/{hot["id"]}"))["data"]!;
        Assert.Equal(["greet", "which", "hot"], record["journey"]!.AsArray().Select(step => (string?)step!["step"]));
        Assert.Equal(job, (string?)record["job_id"]);
        Assert.NotNull(record["started_at"]);
    }

    [Fact]
    public async Task A_step_calls_outside_with_a_key_of_its_own_and_what_fails_is_told()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var server = await TestServer.Start(
            settings: new() { ["Troupe:Outbound:Allow:0"] = "127.0.0.1" },
            routes: app => app.MapPost("/score", async (HttpRequest request) =>
            {
                seen.AddOrUpdate(request.Headers["Idempotency-Key"].ToString(), 1, (_, times) => times + 1);
                var body = await JsonNode.ParseAsync(request.Body);
                return (string?)body!["id"] == "A-3" ? Results.BadRequest() : Results.Json(new { grade = "B" });
            }));
        var desk = await JobDesk.Open(server);
        var job = await desk.Trigger(await desk.MakeSpinner(await desk.MakeTable(5), Flows.Call(server.Address)));
        Assert.Equal("partial", (string?)(await desk.End(job))["status"]);
        var failed = Assert.Single(await desk.Records(job, "&status=failed"));
        Assert.Equal(3, Number(failed, "seq"));
        Assert.Contains("400", failed["error"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(4, (await desk.Records(job, "&disposition=B")).Count);
        Assert.Equal((await desk.Records(job)).Select(r => $"{job}/{r["id"]}/score").Order(), seen.Keys.Order());
    }

    [Fact]
    public async Task Run_answers_the_job_and_takes_rows_by_their_ids()
    {
        var desk = await JobDesk.Open(shared.Server);
        var table = await desk.MakeTable(10);
        var spinner = await desk.MakeSpinner(table, Flows.Local);
        var rows = (await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows"))["data"]!.AsArray();
        var body = new JsonObject { ["row_ids"] = new JsonArray(rows[1]!["id"]!.DeepClone(), rows[8]!["id"]!.DeepClone()) };
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/spinners/{spinner}/run", body.ToJsonString());
        Assert.Equal((HttpStatusCode.Created, 2), (status, Number(answer["data"]!, "total")));
        var job = (string)answer["data"]!["id"]!;
        await desk.End(job);
        Assert.Equal([2, 9], (await desk.Records(job)).Select(r => Number(r, "seq")));

        body = new JsonObject { ["rowIds"] = new JsonArray(rows[0]!["id"]!.DeepClone()) };
        var triggered = await desk.Http.PostJson($"/api/v1/public/trigger/{spinner}", body);
        Assert.Equal(1, Number(await desk.End((string)triggered["jobId"]!), "total"));

        (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/spinners/{spinner}/run", """{"row_ids":["nope"]}""");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "row_ids[0]"), (status, (string?)answer["error"]!["field_errors"]![0]!["field"]));
        (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}", """{"rowIds":["nope"]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "rowIds[0]"), (status, (string?)answer["fieldErrors"]![0]!["field"]));
        Assert.Equal(HttpStatusCode.BadRequest, (await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}", "{")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}", """{"rows":[]}""")).Status);
    }

    [Fact]
    public async Task A_repeated_trigger_with_its_key_answers_the_same_job()
    {
        var desk = await JobDesk.Open(shared.Server);
        var spinner = await desk.MakeSpinner(await desk.MakeTable(1), Flows.Local);
        var first = await Send("k-1");
        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal(first, await Send("k-1"));
        Assert.NotEqual(first.Job, (await Send("k-2")).Job);
        Assert.Equal(2, (await desk.Http.GetJson($"/api/v1/jobs?spinner_id={spinner}"))["data"]!.AsArray().Count);

        async Task<(HttpStatusCode Status, string? Job)> Send(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}");
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await desk.Http.SendAsync(request);
            return (answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["jobId"]);
        }
    }

    [Fact]
    public async Task A_draft_an_unknown_and_a_foreign_spinner_are_not_found()
    {
        var (desk, stranger) = (await JobDesk.Open(shared.Server), await JobDesk.Open(shared.Server));
        var draft = (string)(await desk.Http.PostJson("/api/v1/spinners", JobDesk.Draft(await desk.MakeTable(1), Flows.Local)))["data"]!["id"]!;
        var foreign = await stranger.MakeSpinner(await stranger.MakeTable(1), Flows.Local);
        foreach (var id in new[] { draft, "spn_0", foreign, "%2F", "a%2Fb" })
        {
            var (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{id}");
            Assert.Equal((HttpStatusCode.NotFound, "Published spinner not found"), (status, (string?)answer["error"]));
        }
    }

    [Fact]
    public async Task What_belongs_to_another_workspace_is_not_found()
    {
        var (desk, stranger) = (await JobDesk.Open(shared.Server), await JobDesk.Open(shared.Server));
        var table = await stranger.MakeTable(1);
        var spinner = await stranger.MakeSpinner(table, Flows.Local);
        var job = await stranger.Trigger(spinner);
        await stranger.End(job);
        var record = (string)(await stranger.Records(job))[0]["id"]!;
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, $"/api/v1/spinners/{spinner}"), (HttpMethod.Delete, $"/api/v1/spinners/{spinner}"),
            (HttpMethod.Post, $"/api/v1/spinners/{spinner}/publish"), (HttpMethod.Post, $"/api/v1/spinners/{spinner}/run"),
            (HttpMethod.Delete, $"/api/v1/spinners/{spinner}/schedule"), (HttpMethod.Get, $"/api/v1/jobs/{job}"),
            (HttpMethod.Post, $"/api/v1/jobs/{job}/cancel"), (HttpMethod.Post, $"/api/v1/jobs/{job}/pause"), (HttpMethod.Post, $"/api/v1/jobs/{job}/resume"),
            (HttpMethod.Get, $"/api/v1/jobs/{job}/records"), (HttpMethod.Get, $"/api/v1/jobs/{job}/events"), (HttpMethod.Get, $"/api/v1/records/{record}"),
            (HttpMethod.Get, "/api/v1/records/rec_x"), (HttpMethod.Get, "/api/v1/jobs/job_x"),
        })
        {
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await desk.Http.Try(method, path)).Status));
        }

        var (status, answer) = await desk.Http.Try(HttpMethod.Post, "/api/v1/spinners", JobDesk.Draft(table, Flows.Local).ToJsonString());
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "table_id"), (status, (string?)answer["error"]!["field_errors"]![0]!["field"]));
        Assert.Empty((await desk.Http.GetJson("/api/v1/jobs"))["data"]!.AsArray());
        Assert.Empty((await desk.Http.GetJson("/api/v1/spinners"))["data"]!.AsArray());
    }

    [Fact]
    public async Task A_full_plan_is_told_before_any_job_exists()
    {
        var desk = await JobDesk.Open(shared.Server);
        var limits = JsonNode.Parse("""{"limits":{"spinners":2,"records_per_month":500}}""");
        await shared.Server.Admin.SendJson(HttpMethod.Put, $"/admin/workspaces/{desk.Workspace}/plan", limits);
        var spinner = await desk.MakeSpinner(await desk.MakeTable(501), Flows.Local);
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/public/trigger/{spinner}");
        Assert.Equal((HttpStatusCode.Forbidden, "PLAN_LIMIT"), (status, (string?)answer["errorCode"]));
        Assert.Contains("self_hosted plan (0/500)", (string?)answer["message"], StringComparison.Ordinal);
        (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/spinners/{spinner}/run");
        Assert.Equal((HttpStatusCode.Forbidden, "plan_limit"), (status, (string?)answer["error"]!["code"]));
        Assert.Empty((await desk.Http.GetJson("/api/v1/jobs"))["data"]!.AsArray());

        await desk.MakeSpinner(await desk.MakeTable(1), Flows.Local);
        (status, answer) = await desk.Http.Try(HttpMethod.Post, "/api/v1/spinners", JobDesk.Draft(null, Flows.Local).ToJsonString());
        Assert.Contains("Spinner limit reached on the self_hosted plan (2/2)", (string?)answer["error"]!["message"], StringComparison.Ordinal);
        await desk.Http.SendJson(HttpMethod.Delete, $"/api/v1/spinners/{spinner}", null);
        (status, _) = await desk.Http.Try(HttpMethod.Post, "/api/v1/spinners", JobDesk.Draft(null, Flows.Local).ToJsonString());
        Assert.Equal(HttpStatusCode.Created, status);
    }

    [Theory]
    [InlineData("POST", "/api/v1/public/trigger/spn_1", "ingest")]
    [InlineData("POST", "/api/v1/spinners", "spinners:read")]
    [InlineData("POST", "/api/v1/spinners/spn_1/run", "jobs:read")]
    [InlineData("POST", "/api/v1/jobs/job_1/cancel", "jobs:read")]
    [InlineData("GET", "/api/v1/jobs", "spinners:read")]
    [InlineData("GET", "/api/v1/records/rec_1", "trigger")]
    public async Task A_key_without_the_scope_is_refused(string method, string path, string scope)
    {
        using var http = await shared.Server.ClientWith([scope]);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.Try(new HttpMethod(method), path)).Status);
    }

    private static int Number(JsonNode node, string name) => node[name]!.GetValue<int>();
}
