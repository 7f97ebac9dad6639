using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Jobs;

public class JobStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task A_job_is_paused_resumed_and_canceled()
    {
        var desk = await JobDesk.Open(shared.Server);
        var job = await desk.Trigger(await desk.MakeSpinner(await desk.MakeTable(20), Flows.Wait));
        await desk.Until(job, now => now["waiting"]!.GetValue<int>() == 20);
        Assert.Equal("paused", (string?)(await desk.Http.PostJson($"/api/v1/jobs/{job}/pause"))["data"]!["status"]);
        Assert.Single((await desk.Http.GetJson("/api/v1/jobs?status=paused"))["data"]!.AsArray());
        Assert.Equal("running", (string?)(await desk.Http.PostJson($"/api/v1/jobs/{job}/resume"))["data"]!["status"]);
        var waiting = await desk.Records(job, "&status=waiting");
        Assert.Equal(20, waiting.Count);
        Assert.NotNull(waiting[0]["due_at"]);
        var canceled = (await desk.Http.PostJson($"/api/v1/jobs/{job}/cancel"))["data"]!;
        Assert.Equal(("canceled", 20, 0), ((string?)canceled["status"], canceled["canceled"]!.GetValue<int>(), canceled["waiting"]!.GetValue<int>()));
        Assert.Equal("canceled", (string?)(await desk.Http.PostJson($"/api/v1/jobs/{job}/cancel"))["data"]!["status"]);
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/jobs/{job}/resume");
        Assert.Equal((HttpStatusCode.Conflict, "job_ended"), (status, (string?)answer["error"]!["code"]));
        Assert.Equal(20, (await desk.Records(job, "&status=canceled")).Count);
    }

    [Fact]
    public async Task Events_tell_the_state_then_progress_and_end_with_the_job()
    {
        var desk = await JobDesk.Open(shared.Server);
        var job = await desk.Trigger(await desk.MakeSpinner(await desk.MakeTable(5), Flows.Wait));
        await desk.Until(job, now => now["waiting"]!.GetValue<int>() == 5);
        using var answer = await desk.Http.GetAsync(new Uri($"/api/v1/jobs/{job}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        var heard = new List<(string Type, string? Status)>();
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            var data = JsonNode.Parse(item.Data)!;
            Assert.Equal(job, (string?)data["id"]);
            Assert.False(string.IsNullOrEmpty(item.EventId));
            heard.Add((item.EventType, (string?)data["status"]));
            if (heard.Count == 1)
            {
                await desk.Http.PostJson($"/api/v1/jobs/{job}/cancel");
            }
        }

        Assert.Equal(("state", "running"), heard[0]);
        Assert.Equal(("state", "canceled"), heard[^1]);

        // One who comes back hears the end and nothing else.
        using var again = await desk.Http.GetStreamAsync(new Uri($"/api/v1/jobs/{job}/events", UriKind.Relative));
        var last = Assert.Single(await SseParser.Create(again).EnumerateAsync().ToListAsync());
        Assert.Equal("canceled", (string?)JsonNode.Parse(last.Data)!["status"]);
    }

    [Fact]
    [Trait("Clock", "fake")]
    public async Task Waits_and_jobs_survive_a_restart()
    {
        var clock = new FakeClock();
        await using var server = await TestServer.Start(clock);
        var desk = await JobDesk.Open(server);
        var job = await desk.Trigger(await desk.MakeSpinner(await desk.MakeTable(5), Flows.Wait));
        await Until(clock, async () => (await desk.Job(job))["waiting"]!.GetValue<int>() == 5);
        await server.Restart();
        var http = server.Client(await server.MakeKey(desk.Workspace, JobDesk.Scopes));
        clock.Advance(TimeSpan.FromHours(1));
        await Until(clock, async () => (string?)(await http.GetJson($"/api/v1/jobs/{job}"))["data"]!["status"] == "completed");
    }

    [Theory]
    [InlineData("/api/v1/jobs?status=done", "status")]
    [InlineData("/api/v1/jobs?limit=101", "limit")]
    [InlineData("/api/v1/jobs?cursor=x", "cursor")]
    public async Task Bad_filters_are_refused(string path, string field)
    {
        var desk = await JobDesk.Open(shared.Server);
        var (status, answer) = await desk.Http.Try(HttpMethod.Get, path);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, field), (status, (string?)answer["error"]!["field_errors"]![0]!["field"]));
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_by_spinner_and_status()
    {
        var desk = await JobDesk.Open(shared.Server);
        var table = await desk.MakeTable(1);
        var (one, other) = (await desk.MakeSpinner(table, Flows.Local), await desk.MakeSpinner(table, Flows.Local));
        var jobs = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            jobs.Add(await desk.Trigger(one));
            await desk.End(jobs[^1]);
        }

        await desk.End(await desk.Trigger(other));
        var first = await desk.Http.GetJson($"/api/v1/jobs?spinner_id={one}&status=completed&limit=2");
        var second = await desk.Http.GetJson($"/api/v1/jobs?spinner_id={one}&status=completed&limit=2&cursor={first["next_cursor"]}");
        Assert.Equal(Enumerable.Reverse(jobs), first["data"]!.AsArray().Concat(second["data"]!.AsArray()).Select(j => (string?)j!["id"]));
        Assert.Null(second["next_cursor"]);
        Assert.Empty((await desk.Http.GetJson("/api/v1/jobs?status=running"))["data"]!.AsArray());
    }

    private static async Task Until(FakeClock clock, Func<Task<bool>> holds)
    {
        for (var limit = System.Diagnostics.Stopwatch.StartNew(); !await holds(); await Task.Delay(1))
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(20), "what the test waits for did not happen");
            clock.Advance(TimeSpan.FromMilliseconds(20));
        }
    }
}
