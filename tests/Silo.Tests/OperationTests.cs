using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>What an operator and a supervisor look at.</summary>
public sealed class OperationTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    [Fact]
    public async Task The_one_node_tells_of_itself()
    {
        await probe.All.GetJson("/api/v1/probe");
        var cluster = (await probe.Server.Admin.GetJson("/admin/cluster"))["data"]!;
        var node = Assert.Single(cluster["nodes"]!.AsArray())!;
        Assert.Equal(("active", "sole", 1024), (node["state"]!.ToString(), node["lease"]!.ToString(), (int)node["partitions"]!));
        Assert.Equal("""["api","silo"]""", node["roles"]!.ToJsonString());
        Assert.True((int)node["activations"]!["ApiKeyGrain"]! >= 1);
        Assert.StartsWith("SQLite in ", cluster["storage"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_node_can_not_be_drained_and_an_unknown_one_is_missing()
    {
        var id = (await probe.Server.Admin.GetJson("/admin/cluster"))["data"]!["nodes"]![0]!["id"]!.ToString();
        var (status, answer) = await probe.Server.Admin.Try(HttpMethod.Post, $"/admin/cluster/nodes/{id}/drain");
        Assert.Equal((HttpStatusCode.Conflict, "node_last"), (status, answer["error"]!["code"]!.ToString()));
        Assert.Equal(HttpStatusCode.NotFound, (await probe.Server.Admin.Try(HttpMethod.Post, "/admin/cluster/nodes/other/drain")).Status);
    }

    [Theory]
    [InlineData("GET", "/admin/workspaces")]
    [InlineData("POST", "/admin/workspaces")]
    [InlineData("GET", "/admin/workspaces/wrk_1")]
    [InlineData("PATCH", "/admin/workspaces/wrk_1")]
    [InlineData("PUT", "/admin/workspaces/wrk_1/plan")]
    [InlineData("GET", "/admin/workspaces/wrk_1/keys")]
    [InlineData("POST", "/admin/workspaces/wrk_1/keys")]
    [InlineData("DELETE", "/admin/workspaces/wrk_1/keys/key_1")]
    [InlineData("GET", "/admin/cluster")]
    [InlineData("POST", "/admin/cluster/nodes/vm/drain")]
    public async Task An_API_key_or_nothing_opens_no_operator_route(string method, string path)
    {
        foreach (var client in new[] { probe.All, probe.Server.Client(), probe.Server.Client(TestServer.AdminToken + "x") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.Try(new HttpMethod(method), path, method == "GET" ? null : "{}")).Status);
        }
    }

    [Theory]
    [InlineData("GET", "", null)]
    [InlineData("PATCH", "", "{}")]
    [InlineData("PUT", "/plan", """{"plan": "pro"}""")]
    [InlineData("GET", "/keys", null)]
    [InlineData("POST", "/keys", """{"name": "x", "scopes": ["ingest"]}""")]
    [InlineData("DELETE", "/keys/key_000000000000", null)]
    public async Task An_unknown_workspace_is_missing(string method, string rest, string? body)
    {
        var (status, answer) = await probe.Server.Admin.Try(new HttpMethod(method), $"/admin/workspaces/wrk_unknown{rest}", body);
        Assert.Equal((HttpStatusCode.NotFound, "resource_not_found"), (status, answer["error"]!["code"]!.ToString()));
    }

    [Fact]
    public async Task Health_asks_the_store()
    {
        var anybody = probe.Server.Client();
        Assert.Equal("""{"status":"live","reason":null}""", await anybody.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.Equal("""{"status":"ready","reason":null}""", await anybody.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
    }

    [Fact]
    public async Task The_page_that_errors_point_to_explains_their_code()
    {
        var (_, answer) = await probe.All.Try(HttpMethod.Get, "/api/v1/nowhere");
        var page = new Uri(answer["error"]!["docs_url"]!.ToString().Split('#')[0], UriKind.Relative);
        Assert.Contains("`route_not_found`", await probe.Server.Client().GetStringAsync(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name": ""}""", "name")]
    [InlineData("{}", "name")]
    [InlineData("""{"name": "x", "slug": "Not A Slug"}""", "slug")]
    [InlineData("""{"name": "x", "slug": "-x"}""", "slug")]
    [InlineData("""{"name": "x", "modules": ["poker"]}""", "modules")]
    [InlineData("""{"name": "x", "plan": "gold"}""", "plan")]
    public async Task A_workspace_that_breaks_a_rule_is_not_made(string body, string field)
    {
        var (status, answer) = await probe.Server.Admin.Try(HttpMethod.Post, "/admin/workspaces", body);
        Assert.Equal(422, (int)status);
        Assert.Equal(field, answer["error"]!["field_errors"]![0]!["field"]!.ToString());
    }

    [Fact]
    public async Task A_workspace_can_be_renamed_but_its_slug_stays()
    {
        var id = await probe.Server.MakeWorkspace();
        var changed = await probe.Server.Admin.SendJson(HttpMethod.Patch, $"/admin/workspaces/{id}", new JsonObject { ["name"] = "Other" });
        Assert.Equal("Other", changed["data"]!["name"]!.ToString());
        Assert.Equal(422, (int)(await probe.Server.Admin.Try(HttpMethod.Patch, $"/admin/workspaces/{id}", """{"slug": "new"}""")).Status);
        Assert.Equal(422, (int)(await probe.Server.Admin.Try(HttpMethod.Patch, $"/admin/workspaces/{id}", """{"plan": "pro"}""")).Status);
    }
}
