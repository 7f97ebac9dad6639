using System.Net;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Jobs;

public class SpinnerStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task A_spinner_is_made_read_changed_published_listed_and_deleted()
    {
        var desk = await JobDesk.Open(shared.Server);
        var table = await desk.MakeTable(1);
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, "/api/v1/spinners", JobDesk.Draft(table, Flows.Local, 8).ToJsonString());
        Assert.Equal(HttpStatusCode.Created, status);
        var made = answer["data"]!;
        var id = (string)made["id"]!;
        Assert.Equal((8, 0, table), (made["concurrency"]!.GetValue<int>(), made["published_version"]!.GetValue<int>(), (string?)made["table_id"]));
        Assert.Equal("greet", (string?)made["steps"]![0]!["id"]);

        var steps = made["steps"]!.DeepClone();
        var change = new JsonObject { ["name"] = "Renamed", ["steps"] = steps, ["rate_per_second"] = 5 };
        var changed = (await desk.Http.SendJson(HttpMethod.Patch, $"/api/v1/spinners/{id}", change))["data"]!;
        Assert.Equal(("Renamed", 5.0, 8), ((string?)changed["name"], changed["rate_per_second"]!.GetValue<double>(), changed["concurrency"]!.GetValue<int>()));
        Assert.Equal(made["steps"]!.ToJsonString(), changed["steps"]!.ToJsonString());

        (status, answer) = await desk.Http.Try(HttpMethod.Post, $"/api/v1/spinners/{id}/publish");
        Assert.Equal((HttpStatusCode.Created, 1), (status, answer["data"]!["published_version"]!.GetValue<int>()));
        Assert.Equal(2, (await desk.Http.PostJson($"/api/v1/spinners/{id}/publish"))["data"]!["published_version"]!.GetValue<int>());
        Assert.Equal(id, (string?)Assert.Single((await desk.Http.GetJson($"/api/v1/spinners?table_id={table}"))["data"]!.AsArray())!["id"]);
        await desk.Http.SendJson(HttpMethod.Delete, $"/api/v1/spinners/{id}", null);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.Http.Try(HttpMethod.Get, $"/api/v1/spinners/{id}")).Status);
    }

    [Theory]
    [InlineData("""{"steps":[]}""", "name")]
    [InlineData("""{"name":"x","steps":[{"id":"a","type":"tag","disposition":"d","next":"nowhere"}]}""", "steps[0].next")]
    [InlineData("""{"name":"x","steps":[{"id":"a","type":"decision","branches":[{"when":"1 >","next":"a"}]}]}""", "steps[0].branches[0].when")]
    [InlineData("""{"name":"x","concurrency":0}""", "concurrency")]
    public async Task A_bad_draft_names_its_field(string draft, string field)
    {
        var desk = await JobDesk.Open(shared.Server);
        var (status, answer) = await desk.Http.Try(HttpMethod.Post, "/api/v1/spinners", draft);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(field, answer["error"]!["field_errors"]!.AsArray().Select(e => (string?)e!["field"]));
    }

    [Fact]
    public async Task A_schedule_answers_its_next_five_times_and_is_dropped()
    {
        var desk = await JobDesk.Open(shared.Server);
        var spinner = await desk.MakeSpinner(await desk.MakeTable(1), Flows.Local);
        var schedule = JsonNode.Parse("""{"cron":"0 9 * * 1-5","time_zone":"Europe/Lisbon","overlap":"queue"}""");
        var set = (await desk.Http.SendJson(HttpMethod.Put, $"/api/v1/spinners/{spinner}/schedule", schedule))["data"]!;
        var times = set["next_times"]!.AsArray().Select(t => t!.GetValue<DateTimeOffset>()).ToList();
        Assert.Equal(5, times.Count);
        var lisbon = TimeZoneInfo.FindSystemTimeZoneById("Europe/Lisbon");
        Assert.All(times, t => Assert.Equal(9, TimeZoneInfo.ConvertTime(t, lisbon).Hour));
        Assert.Equal("queue", (string?)(await desk.Http.GetJson($"/api/v1/spinners/{spinner}"))["data"]!["schedule"]!["overlap"]);
        var dropped = (await desk.Http.SendJson(HttpMethod.Delete, $"/api/v1/spinners/{spinner}/schedule", null))["data"]!;
        Assert.Null(dropped["schedule"]);
        foreach (var (bad, field) in new[]
        {
            ("""{"cron":"61 * * * *"}""", "cron"), ("""{"cron":"* * * * *","time_zone":"Mars/Olympus"}""", "time_zone"), ("{}", "cron"),
        })
        {
            var (status, answer) = await desk.Http.Try(HttpMethod.Put, $"/api/v1/spinners/{spinner}/schedule", bad);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains(field, answer.ToJsonString(), StringComparison.Ordinal);
        }
    }
}
