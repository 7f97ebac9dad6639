using System.Text.Json.Nodes;

namespace Troupe.Tests.Workspaces;

/// <summary>Who did what can be read, and the rules all routes of the family share.</summary>
public sealed class AuditStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Every_change_has_one_entry_and_a_refusal_none()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var (_, made) = await desk.Send("POST", "contacts", """{"name": "Mia"}""", "k");
        var id = (string)made["data"]!["id"]!;
        await desk.Send("POST", "contacts", """{"name": "Mia"}""", "k");
        await desk.Send("POST", "contacts", "{}");
        await desk.Send("PATCH", $"contacts/{id}", """{"name": "Ada"}""");
        await desk.Send("PATCH", $"contacts/{id}", """{"company_id": "com_none"}""");
        await desk.Send("DELETE", $"contacts/{id}");
        Assert.Equal("contact.deleted contact.updated contact.created", await desk.List("audit-events", "action"));

        var entries = (await desk.Read("audit-events")).AsArray();
        var (deleted, updated, created) = (entries[0]!, entries[1]!, entries[2]!);
        Assert.Equal(
            ("Mia", "Ada", "PATCH /api/v1/contacts/{id}", "contact", id, "api"),
            ((string?)updated["before"]!["name"], (string?)updated["after"]!["name"], (string?)updated["operation"], (string?)updated["resource_type"],
                (string?)updated["resource_id"], (string?)updated["source"]));
        Assert.Equal((null, "Ada", null), (created["before"], (string?)deleted["before"]!["name"], deleted["after"]));
        Assert.Equal((string?)made["request_id"], (string?)created["request_id"]);
        Assert.Matches("^[0-9a-f]{64}$", (string)created["input_hash"]!);
        Assert.StartsWith("key:trp_", (string)created["actor_id"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_are_filtered_and_belong_to_their_workspace()
    {
        var (desk, other) = (await CrmDesk.Open(shared.Server), await CrmDesk.Open(shared.Server));
        var contact = await desk.Id("contacts", """{"name": "Mia"}""");
        await desk.Make("companies", """{"name": "Kite"}""");
        await desk.Send("PATCH", $"contacts/{contact}", """{"name": "Ada"}""");
        Assert.Equal("contact.updated company.created contact.created", await desk.List("audit-events", "action"));
        Assert.Equal("contact.updated contact.created", await desk.List("audit-events?resource_type=contact", "action"));
        Assert.Equal("contact.updated contact.created", await desk.List($"audit-events?resource_id={contact}", "action"));
        Assert.Equal("company.created", await desk.List("audit-events?action=company.created", "action"));
        Assert.Equal("", await desk.List("audit-events?actor_id=operator", "action"));
        Assert.Equal("", await desk.List("audit-events?to=2020-01-01", "action"));
        Assert.Equal("contact.updated company.created contact.created", await desk.List("audit-events?from=2020-01-01", "action"));
        Assert.Equal("422 validation_failed from", await desk.Refusal("GET", "audit-events?from=never"));
        Assert.Equal("", await other.List("audit-events", "action"));
    }

    [Fact]
    public async Task Requests_are_counted_by_day_and_operation_and_outlive_the_process()
    {
        await using var server = await TestServer.Start();
        var workspace = await server.MakeWorkspace();
        var key = await server.MakeKey(workspace, "crm:read", "crm:write", "settings:admin");
        for (var i = 0; i < 2; i++)
        {
            using var client = server.Client(key);
            await client.PostJson("/api/v1/contacts", JsonNode.Parse("""{"name": "Mia"}"""));
            await client.GetJson("/api/v1/contacts");
            await client.GetJson("/api/v1/contacts?query=mia");
            await client.Try(HttpMethod.Get, "/api/v1/audit-events"); // refused for its scope, and let in by its key all the same
            await server.Restart(); // what was counted is added before the grains stop
        }

        using var asking = server.Client(key);
        var day = Assert.Single((await asking.GetJson("/api/v1/usage"))["data"]!.AsArray())!;
        Assert.Equal(DateTime.UtcNow.ToString("yyyy-MM-dd"), (string?)day["day"]);
        Assert.Equal(
            ("""{"GET /api/v1/audit-events":2,"GET /api/v1/contacts":4,"POST /api/v1/contacts":2}""", 8),
            (Sorted(day["operations"]!.AsObject()), (int)day["requests"]!));
        Assert.Empty((await asking.GetJson("/api/v1/usage?to=2020-01-01"))["data"]!.AsArray());
        Assert.Equal(422, (int)(await asking.Try(HttpMethod.Get, "/api/v1/usage?from=today")).Status);

        static string Sorted(JsonObject json) =>
            new JsonObject(json.OrderBy(member => member.Key, StringComparer.Ordinal)
                .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString();
    }

    [Fact]
    public async Task Any_read_scope_may_ask_for_the_workspace_and_others_may_not()
    {
        var workspace = await shared.Server.MakeWorkspace();
        using var narrow = await shared.Server.ClientWith(["tasks:read"], workspace);
        Assert.Equal(workspace, (string?)(await narrow.GetJson("/api/v1/workspace"))["data"]!["id"]);
        using var writer = await shared.Server.ClientWith(["crm:write"], workspace);
        var (status, answer) = await writer.Try(HttpMethod.Get, "/api/v1/workspace");
        Assert.Equal(
            (403, "missing_required_scope", "crm:read"), ((int)status, (string?)answer["error"]!["code"], (string?)answer["error"]!["required_scope"]));
    }

    [Fact]
    public async Task A_module_that_is_switched_off_wins_over_a_missing_scope_and_comes_back()
    {
        var workspace = await shared.Server.MakeWorkspace();
        var tasks = await shared.Server.MakeKey(workspace, "tasks:read");
        await Switch("""["tasks"]""");
        using (var client = shared.Server.Client(tasks))
        {
            var (status, answer) = await client.Try(HttpMethod.Get, "/api/v1/contacts");
            Assert.Equal((403, "module_disabled", "crm"), ((int)status, (string?)answer["error"]!["code"], (string?)answer["error"]!["module"]));
            Assert.Equal("""["tasks"]""", (await client.GetJson("/api/v1/workspace"))["data"]!["enabled_modules"]!.ToJsonString());
        }

        await Switch("""["tasks", "crm"]""");
        using var crm = await shared.Server.ClientWith(["crm:read"], workspace);
        Assert.Empty((await crm.GetJson("/api/v1/contacts"))["data"]!.AsArray());

        Task Switch(string modules) =>
            shared.Server.Admin.SendJson(HttpMethod.Patch, $"/admin/workspaces/{workspace}", JsonNode.Parse($$"""{"modules": {{modules}}}"""));
    }
}
