using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>API keys over HTTP: their life, and what the door makes of them.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.Start(_clock, routes: Probe.Routes);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_key_opens_its_own_workspace_with_its_own_name_also_after_a_restart()
    {
        var workspace = await _server.MakeWorkspace();
        var key = await _server.MakeKey(workspace, "tables:read");
        Assert.Matches("^trp_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}$", key);

        await _server.Restart();

        var (status, answer) = await _server.Client(key).Try(HttpMethod.Get, "/api/v1/probe");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(workspace, answer["data"]!["workspace"]!.ToString());
        Assert.Equal($"key:{key[..16]}", answer["data"]!["actor"]!.ToString());
        Assert.Equal($"key_{key[4..16]}", answer["data"]!["key_id"]!.ToString());
    }

    [Fact]
    public async Task The_secret_is_shown_once_and_stands_in_no_list_no_event_and_no_file()
    {
        var workspace = await _server.MakeWorkspace();
        var key = await _server.MakeKey(workspace, "ingest");
        var list = await _server.Admin.GetJson($"/admin/workspaces/{workspace}/keys");

        var listed = Assert.Single(list["data"]!.AsArray())!;
        Assert.Equal(
            ["id", "name", "prefix", "status", "scopes", "created_at", "last_used_at", "revoked_at"], listed.AsObject().Select(member => member.Key));
        Assert.Equal((key[..16], "active"), (listed["prefix"]!.ToString(), listed["status"]!.ToString()));
        var events = await _server.Events();
        Assert.Contains(events, e => e.Event.Type == "api_key.created");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(key)));
        Assert.All(events, e => Assert.DoesNotContain(hash, System.Text.Encoding.UTF8.GetString(e.Event.Data.Span), StringComparison.Ordinal));
        Assert.DoesNotContain(key[17..], list.ToJsonString(), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(_server.Data, "troupe.db*"))
        {
            await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var text = new StreamReader(open, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(key[17..], await text.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revoked_key_is_refused_within_a_second_in_each_family()
    {
        var workspace = await _server.MakeWorkspace();
        var key = await _server.MakeKey(workspace, "ingest", "tables:read");
        var client = _server.Client(key);
        Assert.Equal(HttpStatusCode.OK, (await client.Try(HttpMethod.Get, "/api/v1/probe")).Status);

        var (status, revoked) = await _server.Admin.Try(HttpMethod.Delete, $"/admin/workspaces/{workspace}/keys/key_{key[4..16]}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("revoked", revoked["data"]!["status"]!.ToString());
        _clock.Advance(TimeSpan.FromSeconds(1));

        (status, var answer) = await client.Try(HttpMethod.Get, "/api/v1/probe");
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), (status, answer["error"]!["code"]!.ToString()));
        (status, answer) = await client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid API key"), (status, answer["message"]!.ToString()));

        var again = await _server.Admin.Try(HttpMethod.Delete, $"/admin/workspaces/{workspace}/keys/key_{key[4..16]}");
        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Equal(revoked["data"]!["revoked_at"]!.ToString(), again.Answer["data"]!["revoked_at"]!.ToString());
    }

    [Fact]
    public async Task Another_workspaces_key_can_not_be_revoked_from_here()
    {
        var key = await _server.MakeKey(await _server.MakeWorkspace(), "ingest");
        var (status, _) = await _server.Admin.Try(HttpMethod.Delete, $"/admin/workspaces/{await _server.MakeWorkspace()}/keys/key_{key[4..16]}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal(HttpStatusCode.OK, (await _server.Client(key).Try(HttpMethod.Post, "/api/v1/public/probe", "{}")).Status);
    }

    [Fact]
    public async Task A_missing_scope_is_named_in_the_words_of_each_family()
    {
        var client = await _server.ClientWith(["jobs:read"]);
        var (status, answer) = await client.Try(HttpMethod.Post, "/api/v1/probe", "not even JSON");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal(("missing_required_scope", "tables:write"), (answer["error"]!["code"]!.ToString(), answer["error"]!["required_scope"]!.ToString()));

        (status, answer) = await client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("MISSING_SCOPE", answer["errorCode"]!.ToString());
        Assert.Contains("missing scope", answer["message"]!.ToString(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await client.Try(HttpMethod.Get, "/api/v1/probe/any")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _server.Client().Try(HttpMethod.Get, "/api/v1/public/probe/open/token")).Status);
    }

    [Fact]
    public async Task A_module_that_is_switched_off_wins_over_a_missing_scope_and_gives_no_scopes_away()
    {
        var workspace = await _server.MakeWorkspace();
        var with = await _server.ClientWith(["crm:read"], workspace);
        var without = await _server.ClientWith(["ingest"], workspace);
        Assert.Equal(HttpStatusCode.OK, (await with.Try(HttpMethod.Get, "/api/v1/probe/crm")).Status);

        await _server.Admin.SendJson(HttpMethod.Patch, $"/admin/workspaces/{workspace}", new JsonObject { ["modules"] = new JsonArray("tasks") });
        _clock.Advance(TimeSpan.FromSeconds(1));

        foreach (var client in new[] { with, without })
        {
            var (status, answer) = await client.Try(HttpMethod.Get, "/api/v1/probe/crm");
            Assert.Equal((HttpStatusCode.Forbidden, "module_disabled"), (status, answer["error"]!["code"]!.ToString()));
            Assert.Equal("crm", answer["error"]!["module"]!.ToString());
        }

        var refused =
            await _server.Admin.Try(HttpMethod.Post, $"/admin/workspaces/{workspace}/keys", """{"name": "x", "scopes": ["tasks:read", "crm:read"]}""");
        Assert.Equal("scopes[1]", refused.Answer["error"]!["field_errors"]![0]!["field"]!.ToString());
    }

    [Theory]
    [InlineData("""{"name": "x", "scopes": ["ingest", "everything"]}""", "scopes[1]")]
    [InlineData("""{"name": "x", "scopes": []}""", "scopes")]
    [InlineData("""{"name": "x"}""", "scopes")]
    [InlineData("""{"name": " ", "scopes": ["ingest"]}""", "name")]
    [InlineData("""{"scopes": ["ingest"]}""", "name")]
    public async Task A_draft_that_breaks_a_rule_makes_no_key(string body, string field)
    {
        var workspace = await _server.MakeWorkspace();
        var (status, answer) = await _server.Admin.Try(HttpMethod.Post, $"/admin/workspaces/{workspace}/keys", body);
        Assert.Equal(422, (int)status);
        Assert.Equal(field, answer["error"]!["field_errors"]![0]!["field"]!.ToString());
        Assert.Empty((await _server.Admin.GetJson($"/admin/workspaces/{workspace}/keys"))["data"]!.AsArray());
        Assert.Equal(0, (int)(await _server.Admin.GetJson($"/admin/workspaces/{workspace}"))["data"]!["meters"]!["keys"]!["used"]!);
    }

    [Fact]
    public async Task Keys_are_listed_newest_first()
    {
        var workspace = await _server.MakeWorkspace();
        List<string> made = [];
        for (var i = 0; i < 5; i++)
        {
            made.Insert(0, (await _server.MakeKey(workspace, "ingest"))[..16]);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var list = await _server.Admin.GetJson($"/admin/workspaces/{workspace}/keys");
        Assert.Equal(made, list["data"]!.AsArray().Select(key => key!["prefix"]!.ToString()));
    }

    [Fact]
    public async Task The_last_use_is_kept_to_the_minute()
    {
        var workspace = await _server.MakeWorkspace();
        var client = await _server.ClientWith(["ingest"], workspace);
        Assert.Null(await LastUse(workspace));

        await client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        var first = await LastUse(workspace);
        Assert.NotNull(first);

        _clock.Advance(TimeSpan.FromSeconds(30));
        await client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        Assert.Equal(first, await LastUse(workspace));

        _clock.Advance(TimeSpan.FromSeconds(31));
        await client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        Assert.NotEqual(first, await LastUse(workspace));
        Assert.DoesNotContain(await _server.Events(), e => e.Event.Type == "api_key.used");
    }

    private async Task<string?> LastUse(string workspace) =>
        (await _server.Admin.GetJson($"/admin/workspaces/{workspace}/keys"))["data"]![0]!["last_used_at"]?.ToString();
}
