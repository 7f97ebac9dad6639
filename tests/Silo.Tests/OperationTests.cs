using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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
    public async Task Metrics_are_in_Prometheus_text_and_count_requests_by_route_and_status()
    {
        await probe.All.GetJson("/api/v1/probe");
        await probe.All.Try(HttpMethod.Get, "/api/v1/nowhere");
        var text = await probe.Server.Client().GetStringAsync(new Uri("/metrics", UriKind.Relative));

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("""^(# (HELP|TYPE) \w+ .+|[a-zA-Z_]\w*(\{(\w+="([^"\\]|\\.)*",?)+\})? [-+0-9.eE]+(Inf|NaN)?)$""", line));
        const string route = """^http_server_request_duration_seconds_count\{.*http_response_status_code="200",http_route="/api/v1/probe".*\} \d+$""";
        Assert.Contains(lines, line => Regex.IsMatch(line, route, RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Contains(lines, line => line.StartsWith("troupe_store_commits_total ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("troupe_runtime_activations{grain=\"WorkspaceGrain\"} ", StringComparison.Ordinal));
        var heads = lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToArray();
        Assert.Equal(heads.Distinct(), heads);
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
