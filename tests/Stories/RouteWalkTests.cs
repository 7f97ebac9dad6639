using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Troupe.Api.Families;
using Troupe.Identity;

namespace Troupe.Tests;

/// <summary>Walks every route there is: whoever may not, whatever does not exist and whatever cannot be read is refused in the family's shape, and nothing
/// changes by it.</summary>
public sealed class RouteWalkTests(WalkedInstallation installation) : IClassFixture<WalkedInstallation>
{
    private IEnumerable<WalkedRoute> Closed => installation.Routes.Where(r => !r.Access.IsOpen);

    [Fact]
    public void There_is_something_to_walk() => Assert.True(installation.Routes.Count >= 30, $"Only {installation.Routes.Count} routes.");

    [Fact]
    public Task Without_a_token_nothing_opens() => Walk(Closed, installation.Nobody, _ => HttpStatusCode.Unauthorized, r => r.Request(installation.Ids));

    [Fact]
    public async Task A_key_without_the_scope_is_refused()
    {
        foreach (var group in Closed.Where(r => r.Access.AnyOf.Count > 0).GroupBy(r => r.Access.Scope))
        {
            var others = Scopes.All.Except(group.First().Access.AnyOf).ToArray();
            using var caller = await installation.Server.ClientWith(others, installation.Ids.Workspace);
            await Walk(group, caller, _ => HttpStatusCode.Forbidden, r => r.Request(installation.Ids));
        }
    }

    [Fact]
    public Task A_workspace_key_is_no_operator() =>
        Walk(Closed.Where(IsOperator), installation.Owner, _ => HttpStatusCode.Unauthorized, r => r.Request(installation.Ids));

    [Fact]
    public Task An_unknown_id_is_not_found() => WalkMissing(WalkedIds.Unknown, installation.Owner);

    /// <summary>In the body of an ingest request such a text is malformed, not missing (its own stories say so).</summary>
    [Fact]
    public Task Text_that_is_no_id_is_not_found() => Walk(
        installation.Routes.Where(r => Names(r) && r.Path != "/api/v1/public/ingest"), r => IsOperator(r) ? installation.Server.Admin : installation.Owner,
        _ => HttpStatusCode.NotFound, r => r.Request(WalkedIds.Nonsense));

    /// <summary>The operator sees every workspace, and a token in the path is its own credential.</summary>
    [Fact]
    public Task Another_workspaces_id_is_not_found() =>
        Walk(Closed.Where(r => Names(r) && !IsOperator(r)), installation.Stranger, _ => HttpStatusCode.NotFound, r => r.Request(installation.Ids));

    [Theory]
    [InlineData("{\"name\": ")]
    [InlineData("[}")]
    public Task A_body_that_cannot_be_read_is_refused(string body) =>
        Walk(installation.Routes.Where(r => r.TakesJson), Caller, _ => HttpStatusCode.BadRequest, r => r.Request(installation.Ids, body: body));

    [Theory]
    [InlineData("1000000")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999999999999999999")]
    public async Task A_page_of_such_a_size_is_refused(string limit)
    {
        var lists = installation.Routes.Where(r => r.IsList).ToList();
        Assert.True(lists.Count >= 5, $"Only {lists.Count} lists.");
        await Walk(lists, Caller, r => r.Refused, r => r.Request(installation.Ids, $"?limit={limit}"));
    }

    [Fact]
    public Task A_page_one_longer_than_the_longest_is_refused() =>
        Walk(installation.Routes.Where(r => r.IsList), Caller, r => r.Refused, r => r.Request(installation.Ids, $"?limit={r.LongestPage + 1}"));

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        var contacts = await installation.Owner.PostJson("/api/v1/contacts", JsonNode.Parse("""{"name": "Second"}"""));
        var cursor = (await installation.Owner.GetJson("/api/v1/contacts?limit=1"))["next_cursor"]!.GetValue<string>();
        await installation.Owner.SendJson(HttpMethod.Delete, $"/api/v1/contacts/{contacts["data"]!["id"]}", null);
        foreach (var foreign in (string[])[cursor, "bm9uZQ", "%20", ""])
        {
            await Walk(installation.Routes.Where(r => r.IsList), Caller, r => r.Refused, r => r.Request(installation.Ids, $"?cursor={foreign}&x=y"));
        }
    }

    [Fact]
    public Task A_property_that_nobody_knows_is_refused() => Walk(
        installation.Routes.Where(r => r.TakesJson && !r.Path.Contains("/public/", StringComparison.Ordinal)), Caller, r => r.Refused,
        r => r.Request(installation.Ids, body: Changed(r, json => json["no_such_property"] = 1)));

    [Fact]
    public async Task A_module_that_is_switched_off_refuses_its_routes()
    {
        var workspace = await installation.Server.MakeWorkspace();
        using var caller = await installation.Server.ClientWith([.. Scopes.All.Where(scope => Scopes.ModuleOf(scope) is not null)], workspace);
        await installation.Server.Admin.SendJson(HttpMethod.Patch, $"/admin/workspaces/{workspace}", JsonNode.Parse("""{"modules": []}"""));
        var routes = Closed.Where(r => r.Access.Module is not null).ToList();
        Assert.True(routes.Count >= 12, $"Only {routes.Count} routes of modules.");
        await Walk(routes, caller, _ => HttpStatusCode.Forbidden, r => r.Request(installation.Ids), "module_disabled");
    }

    [Fact]
    public async Task A_key_that_was_used_is_refused_for_another_body()
    {
        foreach (var route in installation.Routes.Where(r => r.IsKeyed && r.TakesJson))
        {
            var other = Changed(route, json => Renamed(json, isVerb: route.Path.Contains("/{id}/", StringComparison.Ordinal)));
            foreach (var (body, expected) in new[] { (null, true), (other, false) })
            {
                using var message = route.Request(installation.Ids, body: body);
                message.Headers.Add("Idempotency-Key", $"walk {route.Path}");
                using var answer = await installation.Owner.SendAsync(message);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode == expected, $"{route}: {(int)answer.StatusCode}: {text}");
                Assert.True(expected || (string?)JsonNode.Parse(text)!["error"]!["code"] == "idempotency_conflict", $"{route}: {text}");
            }
        }
    }

    /// <summary>Another good body: a draft with an external id, a verb with another text.</summary>
    private static void Renamed(JsonObject json, bool isVerb)
    {
        var target = json["items"]?[0]?.AsObject() ?? json;
        if (isVerb)
        {
            target[target.First(member => member.Value?.GetValueKind() == JsonValueKind.String).Key] = "another";
        }
        else
        {
            target["external_id"] = "another";
        }
    }

    private string Changed(WalkedRoute route, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(RequestBodies.For(route.ToString(), installation.Ids).Body!)!.AsObject();
        change(json);
        return json.ToJsonString();
    }

    private static bool IsOperator(WalkedRoute route) => route.Access.Family.Credential == Credential.AdminToken;

    /// <summary>A route that names something in its path or, like ingest, in its body.</summary>
    private static bool Names(WalkedRoute route) => route.NamesSomething || route.Path.EndsWith("/public/ingest", StringComparison.Ordinal);

    private HttpClient Caller(WalkedRoute route) => IsOperator(route) ? installation.Server.Admin : installation.Owner;

    private Task WalkMissing(WalkedIds ids, HttpClient owner) =>
        Walk(installation.Routes.Where(Names), r => IsOperator(r) ? installation.Server.Admin : owner, _ => HttpStatusCode.NotFound, r => r.Request(ids));

    private Task Walk(IEnumerable<WalkedRoute> routes, HttpClient caller, Func<WalkedRoute, HttpStatusCode> expected,
        Func<WalkedRoute, HttpRequestMessage> request, string? code = null) =>
        Walk(routes, _ => caller, expected, request, code);

    private async Task Walk(
        IEnumerable<WalkedRoute> routes, Func<WalkedRoute, HttpClient> caller, Func<WalkedRoute, HttpStatusCode> expected,
            Func<WalkedRoute, HttpRequestMessage> request, string? code = null)
    {
        var before = await installation.Fingerprint();
        var complaints = new List<string>();
        foreach (var route in routes)
        {
            using var message = request(route);
            using var answer = await caller(route).SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            var text = answer.IsSuccessStatusCode ? "a success" : await answer.Content.ReadAsStringAsync();
            if (route.Complaint(expected(route), answer.StatusCode, text) is { } complaint)
            {
                complaints.Add(complaint);
            }
            else if (code is not null && (string?)JsonNode.Parse(text)!["error"]!["code"] != code)
            {
                complaints.Add($"{route}: not {code}: {text}");
            }
        }

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
        Assert.Equal(before, await installation.Fingerprint());
    }
}
