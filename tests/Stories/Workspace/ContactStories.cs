using System.Text;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Workspaces;

/// <summary>Contacts and companies, and with them what every resource does.</summary>
public sealed class ContactStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task A_contact_is_made_read_changed_listed_and_deleted()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var company = await desk.Id("companies", """{"name": "Kite Works", "domain": "Kite.Example"}""");
        var made = await desk.Make("contacts", $$"""
            {"name": " Mia Ito ", "email": "mia@kite.example", "phone": "+81 3 1234", "company_id": "{{company}}", "notes": "Met at the pier",
             "external_id": "crm-7", "custom_fields": {"region": "emea", "score": 7, "vip": true, "tags": ["a"]} }
            """);
        var id = (string)made["id"]!;
        Assert.StartsWith("con_", id, StringComparison.Ordinal);
        var shown = made.DeepClone().AsObject();
        Assert.Equal(shown["created_at"]!.ToJsonString(), shown["updated_at"]!.ToJsonString());
        shown.Remove("created_at");
        shown.Remove("updated_at");
        Assert.Equal(
            $$"""
            {"id":"{{id}}","tenant_id":"ten_{{desk.Workspace[4..]}}","workspace_id":"{{desk.Workspace}}","name":"Mia Ito","email":"mia@kite.example",
            "phone":"+81 3 1234","company_id":"{{company}}","company_name":null,"notes":"Met at the pier","source":"api","external_id":"crm-7",
            "custom_fields":{"region":"emea","score":7,"vip":true,"tags":["a"]},"last_agent_actor_id":null}
            """.ReplaceLineEndings(""),
            shown.ToJsonString(Tries.Plain));
        Assert.Equal(made.ToJsonString(), (await desk.Read($"contacts/{id}")).ToJsonString());
        Assert.Equal("kite.example", (string?)(await desk.Read($"companies/{company}"))["domain"]);

        var (status, changed) = await desk.Send("PATCH", $"contacts/{id}", """{"name": "Mia Wong", "phone": null, "custom_fields": null}""");
        var after = changed["data"]!;
        Assert.Equal(
            (200, "Mia Wong", "mia@kite.example", null, "{}"),
            (status, (string?)after["name"], (string?)after["email"], (string?)after["phone"], after["custom_fields"]!.ToJsonString()));
        Assert.Equal("Mia Wong", await desk.List("contacts"));

        Assert.Equal(200, (await desk.Send("DELETE", $"contacts/{id}")).Status);
        Assert.Equal("404 resource_not_found", await desk.Refusal("DELETE", $"contacts/{id}"));
        Assert.Equal("404 resource_not_found", await desk.Refusal("PATCH", $"contacts/{id}", """{"name": "X"}"""));
        Assert.Equal("404 resource_not_found", await desk.Refusal("GET", $"contacts/{id}"));
        Assert.Equal("", await desk.List("contacts"));
        await desk.Make("contacts", """{"name": "Next", "external_id": "crm-7"}""");
    }

    [Fact]
    public async Task Each_change_leaves_an_event_that_tells_what_was()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var id = await desk.Id("contacts", """{"name": "Mia"}""");
        await desk.Send("PATCH", $"contacts/{id}", """{"name": "Mia"}"""); // the same again is no change
        await desk.Send("PATCH", $"contacts/{id}", """{"name": "Ada"}""");
        await desk.Send("DELETE", $"contacts/{id}");
        Assert.Equal(
            ["contact.created Mia", "contact.updated Ada was Mia", "contact.deleted Ada was Ada"],
            (await desk.Events(id)).Select(one => one.Event).Select(one =>
                $"{one.Type} {Name(one.Data)}{(one.Previous.IsEmpty ? "" : $" was {Name(one.Previous)}")}"));

        static string? Name(ReadOnlyMemory<byte> json) => (string?)JsonNode.Parse(Encoding.UTF8.GetString(json.Span))!["name"];
    }

    [Theory]
    [InlineData("{}", "422 validation_failed name")]
    [InlineData("""{"name": " "}""", "422 validation_failed name")]
    [InlineData("""{"name": null}""", "422 validation_failed name")]
    [InlineData("""{"name": 7}""", "422 validation_failed name")]
    [InlineData("""{"name": "A", "name": "B"}""", "422 validation_failed name")]
    [InlineData("""{"name": "A", "email": "nobody"}""", "422 validation_failed email")]
    [InlineData("""{"name": "A", "email": "a b@c"}""", "422 validation_failed email")]
    [InlineData("""{"name": "A\u0000"}""", "422 validation_failed name")]
    [InlineData("""{"name": "A", "nme": "B"}""", "422 validation_failed nme")]
    [InlineData("""{"name": "A", "id": "con_1"}""", "422 validation_failed id")]
    [InlineData("""{"name": "A", "custom_fields": []}""", "422 validation_failed custom_fields")]
    [InlineData("""{"name": "A", "custom_fields": {"a": 1, "a": 2}}""", "422 validation_failed custom_fields")]
    [InlineData("""{"email": "nobody", "phone": 3}""", "422 validation_failed phone")]
    [InlineData("""{"email": "nobody", "custom_fields": {"a": "\u0000"}}""", "422 validation_failed name email custom_fields")]
    [InlineData("""{"name": "A", "company_id": "com_none"}""", "404 resource_not_found company_id")]
    [InlineData("""{"name": "A", "idempotency_key": ""}""", "422 validation_failed idempotency_key")]
    [InlineData("""{"name":""", "400 validation_failed")]
    [InlineData("null", "400 validation_failed")]
    public async Task A_bad_draft_is_refused_with_its_fields(string body, string refusal)
    {
        var desk = await CrmDesk.Open(shared.Server);
        var id = await desk.Id("contacts", """{"name": "Mia"}""");
        Assert.Equal(refusal, await desk.Refusal("POST", "contacts", body));
        if (!refusal.Contains("name", StringComparison.Ordinal) || body.Contains("\"name\"", StringComparison.Ordinal))
        {
            Assert.Equal(refusal, await desk.Refusal("PATCH", $"contacts/{id}", body));
        }

        Assert.Equal("Mia", await desk.List("contacts"));
        Assert.Single(await desk.Server.Events(desk.Workspace));
    }

    [Fact]
    public async Task Custom_fields_have_bounds()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var many = string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"k{i}\": {i}"));
        Assert.Equal("422 validation_failed custom_fields", await desk.Refusal("POST", "contacts", $$$"""{"name": "A", "custom_fields": {{{{many}}}}}"""));
        var large = $$$"""{"name": "A", "custom_fields": {"k": "{{{new string('x', 16 * 1024)}}}"}}""";
        Assert.Equal("422 validation_failed custom_fields", await desk.Refusal("POST", "contacts", large));
    }

    [Fact]
    public async Task A_link_must_lead_somewhere_when_it_is_made_and_may_lead_nowhere_later()
    {
        var (desk, other) = (await CrmDesk.Open(shared.Server), await CrmDesk.Open(shared.Server));
        var (company, foreign) = (await desk.Id("companies", """{"name": "Kite"}"""), await other.Id("companies", """{"name": "Foreign"}"""));
        Assert.Equal("404 resource_not_found company_id", await desk.Refusal("POST", "contacts", $$"""{"name": "A", "company_id": "{{foreign}}"}"""));
        var id = await desk.Id("contacts", $$"""{"name": "A", "company_id": "{{company}}"}""");
        await desk.Send("DELETE", $"companies/{company}");
        Assert.Equal(200, (await desk.Send("PATCH", $"contacts/{id}", """{"name": "B"}""")).Status);
        Assert.Equal("404 resource_not_found company_id", await desk.Refusal("POST", "contacts", $$"""{"name": "A", "company_id": "{{company}}"}"""));
    }

    [Fact]
    public async Task An_external_id_is_one_records()
    {
        var desk = await CrmDesk.Open(shared.Server);
        await desk.Make("contacts", """{"name": "A", "external_id": "x"}""");
        await desk.Make("companies", """{"name": "A", "external_id": "x"}""");
        Assert.Equal("422 validation_failed external_id", await desk.Refusal("POST", "contacts", """{"name": "B", "external_id": "x"}"""));
        Assert.Equal("A", await desk.List("contacts?external_id=x"));
        Assert.Equal("", await desk.List("contacts?external_id=y"));
    }
}
