using System.Net;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Tables;

public class TableStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Tables = "/api/v1/data-tables";

    [Fact]
    public async Task A_table_is_made_shown_changed_listed_and_deleted()
    {
        var desk = await Desk.Open(shared.Server);
        var body = """{"name":"Leads","columns":[{"name":"name"},{"name":"age","type":"int","metadata":true},{"name":"seen","type":"datetime"}]}""";

        var (status, made) = await desk.Http.Try(HttpMethod.Post, Tables, body);
        Assert.Equal(HttpStatusCode.Created, status);
        var table = made["data"]!;
        var id = table["id"]!.GetValue<string>();
        Assert.True(Guid.TryParseExact(id, "D", out _));
        Assert.Equal(
            [
                """{"name":"name","type":"string","metadata":false}""",
                """{"name":"age","type":"int","metadata":true}""",
                """{"name":"seen","type":"datetime","metadata":false}""",
            ],
            table["columns"]!.AsArray().Select(column => column!.ToJsonString()));
        Assert.Equal(("""["age"]""", 0, """{"enabled":false,"created_at":null}"""),
            (table["metadata_fields"]!.ToJsonString(), (int)table["row_count"]!, table["ingest_webhook"]!.ToJsonString()));

        var (changed, after) = await desk.Http.Try(HttpMethod.Patch, $"{Tables}/{id}", """{"name":"Calls","metadata_fields":["name","seen"]}""");
        Assert.Equal((HttpStatusCode.OK, "Calls", """["name","seen"]"""),
            (changed, (string?)after["data"]!["name"], after["data"]!["metadata_fields"]!.ToJsonString()));
        Assert.Equal(after["data"]!.ToJsonString(), (await desk.Http.GetJson($"{Tables}/{id.ToUpperInvariant()}"))["data"]!.ToJsonString());
        Assert.Equal(after["data"]!.ToJsonString(), Assert.Single((await desk.Http.GetJson(Tables))["data"]!.AsArray())!.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, (await desk.Http.Try(HttpMethod.Delete, $"{Tables}/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.Http.Try(HttpMethod.Delete, $"{Tables}/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.Http.Try(HttpMethod.Get, $"{Tables}/{id}")).Status);
        Assert.Empty((await desk.Http.GetJson(Tables))["data"]!.AsArray());
        Assert.Equal(
            ["data_table.created", "data_table.updated", "data_table.deleted"],
            (await shared.Server.Events(desk.Workspace)).Where(e => e.Event.Subject == id).Select(e => e.Event.Type));
    }

    [Theory]
    [InlineData("POST", "{}", 422, "name")]
    [InlineData("POST", """{"name":" "}""", 422, "name")]
    [InlineData("POST", """{"name":"T","columns":[{"name":"a","type":"text"}]}""", 422, "columns[0].type")]
    [InlineData("POST", """{"name":"T","columns":[{"name":"a"},{"name":"a"}]}""", 422, "columns[1].name")]
    [InlineData("POST", """{"name":"T","columns":[{"type":"int"}]}""", 422, "columns[0].name")]
    [InlineData("POST", """{"name":"T","columns":[{"name":" a"}]}""", 422, "columns[0].name")]
    [InlineData("POST", """{"name":"T","columns":[null]}""", 422, "columns[0].name")]
    [InlineData("POST", """{"name":"T","metadata_fields":["x"]}""", 422, "metadata_fields[0]")]
    [InlineData("POST", """{"name":"T","row_count":5}""", 422, "row_count")]
    [InlineData("POST", """{"name":7}""", 422, "name")]
    [InlineData("POST", """{"name":"T","name":"U"}""", 422, "name")]
    [InlineData("POST", """{"name":""", 400, null)]
    [InlineData("PATCH", """{"metadata_fields":["a","x"]}""", 422, "metadata_fields[1]")]
    [InlineData("PATCH", """{"columns":[]}""", 422, "columns")]
    [InlineData("PATCH", """{"log":"x"}""", 422, "log")]
    public async Task Bad_drafts_are_refused_with_the_field(string method, string body, int status, string? field)
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");

        var (answered, answer) = await desk.Http.Try(new(method), method == "POST" ? Tables : $"{Tables}/{table}", body);

        Assert.Equal((status, "validation_failed"), ((int)answered, (string?)answer["error"]!["code"]));
        Assert.Equal(field, (string?)answer["error"]!["field_errors"]?[0]!["field"]);
        Assert.Single((await desk.Http.GetJson(Tables))["data"]!.AsArray());
    }

    [Fact]
    public async Task Every_route_is_closed_to_other_workspaces_and_to_keys_without_the_scope()
    {
        var (owner, stranger) = (await Desk.Open(shared.Server), await Desk.Open(shared.Server));
        var table = await owner.Make("a");
        using var bare = await shared.Server.ClientWith(["ingest"], owner.Workspace);
        (string Method, string Path, string? Body, string Media)[] routes =
        [
            ("GET", "", null, ""), ("PATCH", "", """{"name":"x"}""", "application/json"), ("DELETE", "", null, ""), ("GET", "/rows", null, ""),
            ("POST", "/import", "a\n1\n", "text/csv"), ("POST", "/append", "a\n1\n", "text/csv"), ("POST", "/ingest-webhook", null, ""),
            ("DELETE", "/ingest-webhook", null, ""),
        ];
        foreach (var (method, path, body, media) in routes)
        {
            foreach (var id in new[] { table, "0197a5b0-0000-7000-8000-00000000dead", "no-uuid" })
            {
                var (status, answer) = await stranger.Http.Try(new(method), $"{Tables}/{id}{path}", body, media);
                Assert.Equal((HttpStatusCode.NotFound, "resource_not_found"), (status, (string?)answer["error"]!["code"]));
            }

            var (refused, why) = await bare.Try(new(method), $"{Tables}/{table}{path}", body, media);
            Assert.Equal((HttpStatusCode.Forbidden, "missing_required_scope"), (refused, (string?)why["error"]!["code"]));
        }

        Assert.Equal(("People", 0), ((string?)(await owner.Table(table))["name"], (int)(await owner.Table(table))["row_count"]!));
        Assert.Empty((await stranger.Http.GetJson(Tables))["data"]!.AsArray());
    }

    [Fact]
    public async Task A_full_plan_refuses_a_table()
    {
        var desk = await Desk.Open(shared.Server, "trial");
        await shared.Server.Admin.SendJson(
            HttpMethod.Put, $"/admin/workspaces/{desk.Workspace}/plan",
            new JsonObject { ["plan"] = "trial", ["limits"] = new JsonObject { ["tables"] = 1, ["requests_per_second"] = null } });
        await desk.Make("a");

        var (status, answer) = await desk.Http.Try(HttpMethod.Post, Tables, Desk.Draft("a").ToJsonString());

        Assert.Equal(
            (HttpStatusCode.Forbidden, "plan_limit", "Data table limit reached on the trial plan (1/1). Upgrade to continue."),
            (status, (string?)answer["error"]!["code"], (string?)answer["error"]!["message"]));
    }

    [Fact]
    public async Task Tables_are_found_by_a_part_of_their_name_as_it_is_now()
    {
        var desk = await Desk.Open(shared.Server);
        foreach (var name in (string[])["Harbor leads", "Harbor calls", "Inland leads"])
        {
            await desk.Http.PostJson(Tables, new JsonObject { ["name"] = name });
        }

        Assert.Equal(["Inland leads", "Harbor leads"], await Names("?query=LEADS"));
        Assert.Equal(["Harbor calls"], await Names("?query=r%20ca"));
        Assert.Empty(await Names("?query=nobody"));
        Assert.Equal(3, (await Names("?query=")).Count());

        var calls = (await desk.Http.GetJson($"{Tables}?query=calls"))["data"]![0]!["id"]!;
        await desk.Http.Try(HttpMethod.Patch, $"{Tables}/{calls}", """{"name":"Visits"}""");
        Assert.Empty(await Names("?query=calls"));

        var first = await desk.Http.GetJson($"{Tables}?query=leads&limit=1");
        var next = await desk.Http.GetJson($"{Tables}?query=leads&limit=1&cursor={first["next_cursor"]}");
        Assert.Equal("Harbor leads", (string?)next["data"]![0]!["name"]);
        Assert.Null(next["next_cursor"]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Http.Try(HttpMethod.Get, $"{Tables}?query=calls&cursor={first["next_cursor"]}")).Status);

        async Task<IEnumerable<string?>> Names(string filter) =>
            (await desk.Http.GetJson(Tables + filter))["data"]!.AsArray().Select(table => (string?)table!["name"]);
    }

    [Fact]
    public async Task Tables_are_listed_in_pages()
    {
        var desk = await Desk.Open(shared.Server);
        for (var i = 0; i < 5; i++)
        {
            await desk.Make("a");
        }

        var first = await desk.Http.GetJson($"{Tables}?limit=3");
        var second = await desk.Http.GetJson($"{Tables}?limit=3&cursor={first["next_cursor"]}");
        Assert.Equal((3, 2, null), (first["data"]!.AsArray().Count, second["data"]!.AsArray().Count, (string?)second["next_cursor"]));
        Assert.Equal(5, first["data"]!.AsArray().Concat(second["data"]!.AsArray()).Select(t => (string?)t!["id"]).Distinct().Count());
    }
}
