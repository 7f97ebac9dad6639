using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

public sealed class WorkspaceRoutesTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.Start();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_workspace_is_made_and_read_back_also_after_a_restart()
    {
        var made = await _server.Admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = "Harbor Ops", ["plan"] = "pro" });
        var id = made["data"]!["id"]!.ToString();
        Assert.StartsWith("wrk_", id, StringComparison.Ordinal);
        Assert.Equal("harbor-ops", made["data"]!["slug"]!.ToString());

        await _server.Restart();

        var read = await _server.Admin.GetJson($"/admin/workspaces/{id}");
        Assert.Equal("pro", read["data"]!["plan"]!.ToString());
        Assert.Equal(10_000, (int)read["data"]!["limits"]!["records_per_month"]!);
        var all = await _server.Admin.GetJson("/admin/workspaces");
        Assert.Equal(id, Assert.Single(all["data"]!.AsArray())!["id"]!.ToString());
    }

    [Fact]
    public async Task A_slug_made_from_the_name_gets_a_number_when_taken_one_that_was_asked_for_is_refused()
    {
        await _server.Admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = "Same Name" });
        var second = await _server.Admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = "Same Name" });
        Assert.Equal("same-name-2", second["data"]!["slug"]!.ToString());

        var (status, refused) = await _server.Admin.Try(HttpMethod.Post, "/admin/workspaces", """{"name": "Other", "slug": "same-name"}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("slug_taken", refused["error"]!["code"]!.ToString());
    }
}
