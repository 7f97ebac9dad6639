using System.Text.Json.Nodes;

namespace Troupe.Tests.Workspaces;

/// <summary>Leads, and what they become.</summary>
public sealed class LeadStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Priya = """{"name": "Priya Shah", "email": "Priya@Northstar.example", "company_name": "Northstar Studio"}""";

    [Fact]
    public async Task A_lead_is_new_and_found_by_status_and_source()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Make("leads", Priya);
        Assert.Equal(("new", "api", null), ((string?)lead["status"], (string?)lead["source"], lead["converted_at"]));
        await desk.Make("leads", """{"name": "Ada", "source": "website", "status": "working", "custom_fields": {"campaign": "spring"}}""");
        Assert.Equal("Ada", await desk.List("leads?source=website"));
        Assert.Equal("Priya Shah", await desk.List("leads?status=new"));
        Assert.Equal("Ada", await desk.List("leads?status=working&source=website&query=ada&custom_field_key=campaign&custom_field_value=spring"));
        Assert.Equal("", await desk.List("leads?status=qualified"));
        Assert.Equal("422 validation_failed status", await desk.Refusal("GET", "leads?status=converting"));
    }

    [Theory]
    [InlineData("""{"name": "A", "status": "converted"}""", "status", "A lead is converted by POST …/convert and by nothing else, and stays so.")]
    [InlineData("""{"name": "A", "status": "hot"}""", "status", "One of: new, working, qualified, disqualified, converted.")]
    [InlineData("""{"name": "A", "source": 3}""", "source", "One of: manual, website, referral, campaign, import, api, mcp, other.")]
    public async Task A_bad_status_is_refused(string body, string field, string message)
    {
        var desk = await CrmDesk.Open(shared.Server);
        var (status, answer) = await desk.Send("POST", "leads", body);
        var error = answer["error"]!["field_errors"]![0]!;
        Assert.Equal((422, field, message), (status, (string?)error["field"], (string?)error["message"]));
    }

    [Fact]
    public async Task Converting_makes_company_contact_and_deal_in_one_change()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Id("leads", Priya);
        var (status, answer) = await desk.Send(
            "POST", $"leads/{lead}/convert", """{"create_deal": true, "deal_name": "Redesign", "amount_cents": 420000, "currency": "EUR"}""");
        var data = answer["data"]!;
        Assert.Equal((200, "converted"), (status, (string?)data["status"]));
        Assert.NotNull(data["converted_at"]);
        var (company, contact) = (await desk.Read($"companies/{data["company_id"]}"), await desk.Read($"contacts/{data["contact_id"]}"));
        var deal = await desk.Read($"deals/{data["deal_id"]}");
        Assert.Equal("Northstar Studio", (string?)company["name"]);
        Assert.Equal(
            ("Priya Shah", "Priya@Northstar.example", (string?)company["id"]),
            ((string?)contact["name"], (string?)contact["email"], (string?)contact["company_id"]));
        Assert.Equal(
            ("Redesign", "qualified", 420000, "EUR", (string?)company["id"], (string?)contact["id"]),
            ((string?)deal["name"], (string?)deal["stage"], (int)deal["amount_cents"]!, (string?)deal["currency"], (string?)deal["company_id"],
                (string?)deal["contact_id"]));
        Assert.Equal("lead.converted lead.created", await desk.List("audit-events", "action"));
        var events = (await desk.Server.Events(desk.Workspace)).Select(one => (one.Event.Type, one.Event.Subject)).ToList();
        Assert.Equal(
            [("lead.created", lead), ("lead.converted", lead), ("company.created", (string)company["id"]!), ("contact.created", (string)contact["id"]!),
                ("deal.created", (string)deal["id"]!)],
            events);
        Assert.Equal("422 validation_failed status", await desk.Refusal("POST", $"leads/{lead}/convert", "{}"));
        Assert.Equal("422 validation_failed status", await desk.Refusal("PATCH", $"leads/{lead}", """{"status": "new"}"""));
        Assert.Equal(200, (await desk.Send("PATCH", $"leads/{lead}", """{"name": "P. Shah"}""")).Status);
    }

    [Fact]
    public async Task Concurrent_conversions_make_one_of_each()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Id("leads", Priya);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            desk.Send("POST", $"leads/{lead}/convert", """{"create_deal": true}""", i % 2 == 0 ? "same" : null)));
        var good = answers.Where(answer => answer.Status == 200).Select(answer => answer.Answer["data"]!.ToJsonString()).ToList();
        Assert.Single(good.Distinct());
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal("validation_failed", (string?)answer.Answer["error"]!["code"]));
        foreach (var collection in (string[])["companies", "contacts", "deals"])
        {
            Assert.Single((await desk.List(collection, "id")).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Theory]
    [InlineData("""{"name": "Star", "domain": "northstar.example"}""", null)]
    [InlineData("""{"name": "NORTHSTAR studio"}""", null)]
    [InlineData("""{"name": "Star", "domain": "northstar.example"}""", """{"name": "P", "email": "priya@northstar.EXAMPLE"}""")]
    public async Task What_is_there_already_is_matched(string company, string? contact)
    {
        var desk = await CrmDesk.Open(shared.Server);
        var companyId = await desk.Id("companies", company);
        await desk.Make("companies", company);
        var contactId = contact is null ? null : await desk.Id("contacts", contact);
        var lead = await desk.Id("leads", Priya);
        var data = (await desk.Send("POST", $"leads/{lead}/convert", "{}")).Answer["data"]!;
        Assert.Equal((companyId, null), ((string?)data["company_id"], (string?)data["deal_id"]));
        Assert.Equal(contactId is not null, contactId == (string?)data["contact_id"]);
        Assert.Single((await desk.List("contacts", "id")).Split(' '));
        Assert.Equal(2, (await desk.List("companies", "id")).Split(' ').Length);
        Assert.Equal("", await desk.List("deals"));
    }

    [Fact]
    public async Task A_lead_without_a_company_becomes_a_contact_without_one()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Id("leads", """{"name": "Ada"}""");
        var data = (await desk.Send("POST", $"leads/{lead}/convert", """{"create_deal": true}""")).Answer["data"]!;
        Assert.Null(data["company_id"]);
        Assert.Equal("Ada", (string?)(await desk.Read($"contacts/{data["contact_id"]}"))["name"]);
        Assert.Equal("Ada", (string?)(await desk.Read($"deals/{data["deal_id"]}"))["name"]);
    }

    [Theory]
    [InlineData("""{"company_id": "com_none"}""", "404 resource_not_found company_id")]
    [InlineData("""{"contact_id": "con_none"}""", "404 resource_not_found contact_id")]
    [InlineData("""{"create_deal": true, "deal_stage": "nowhere"}""", "422 validation_failed deal_stage")]
    [InlineData("""{"create_deal": true, "amount_cents": -1}""", "422 validation_failed amount_cents")]
    [InlineData("""{"create_deal": true, "currency": "euro"}""", "422 validation_failed currency")]
    [InlineData("""{"deal": true}""", "422 validation_failed deal")]
    public async Task A_bad_conversion_changes_nothing(string body, string refusal)
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Id("leads", Priya);
        Assert.Equal(refusal, await desk.Refusal("POST", $"leads/{lead}/convert", body));
        Assert.Equal("new", (string?)(await desk.Read($"leads/{lead}"))["status"]);
        Assert.Single(await desk.Server.Events(desk.Workspace));
        Assert.Equal("", await desk.List("contacts"));
    }

    [Fact]
    public async Task A_disqualified_lead_is_not_converted_and_an_unknown_one_is_not_there()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var lead = await desk.Id("leads", """{"name": "Ada", "status": "disqualified"}""");
        Assert.Equal("422 validation_failed status", await desk.Refusal("POST", $"leads/{lead}/convert", "{}"));
        Assert.Equal("404 resource_not_found", await desk.Refusal("POST", "leads/lead_none/convert", "{}"));
    }

    [Fact]
    public async Task Deals_go_through_the_stages_of_their_workspace()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var first = await desk.Make("deals", """{"name": "First"}""");
        Assert.Equal(("qualified", "USD", null), ((string?)first["stage"], (string?)first["currency"], first["amount_cents"]));
        Assert.Equal("qualified proposal negotiation won lost", await desk.List("deal-stages", "key"));
        await desk.Make("deal-stages", """{"key": "discovery", "name": "Discovery", "position": 10}""");
        Assert.Equal("422 validation_failed key", await desk.Refusal("POST", "deal-stages", """{"key": "won"}"""));
        Assert.Equal("422 validation_failed key", await desk.Refusal("POST", "deal-stages", """{"key": "Two words"}"""));
        Assert.Equal("discovery qualified proposal negotiation won lost", await desk.List("deal-stages", "key"));
        Assert.Equal("negotiation", await desk.List("deal-stages?query=negot", "key"));
        var second = await desk.Id("deals", """{"name": "Second", "amount_cents": 5}""");
        Assert.Equal("Second", await desk.List("deals?stage=discovery"));
        await desk.Send("PATCH", $"deals/{second}", """{"stage": "won", "amount_cents": 9007199254740991}""");
        Assert.Equal("422 validation_failed stage", await desk.Refusal("PATCH", $"deals/{second}", """{"stage": "nowhere"}"""));
        Assert.Equal("422 validation_failed amount_cents", await desk.Refusal("PATCH", $"deals/{second}", """{"amount_cents": 9007199254740992}"""));
        Assert.Equal("422 validation_failed amount_cents", await desk.Refusal("PATCH", $"deals/{second}", """{"amount_cents": 1.5}"""));
        Assert.Equal("422 validation_failed amount_cents", await desk.Refusal("PATCH", $"deals/{second}", """{"amount_cents": 99999999999999999999}"""));
        Assert.Equal(9007199254740991, (long)(await desk.Read($"deals/{second}"))["amount_cents"]!);
        Assert.Equal("Second", await desk.List("deals?stage=won"));
        var stage = (await desk.Read("deal-stages")).AsArray().First(one => (string?)one!["key"] == "lost")!;
        Assert.Equal("422 validation_failed key", await desk.Refusal("PATCH", $"deal-stages/{stage["id"]}", """{"key": "gone"}"""));
        await desk.Send("DELETE", $"deal-stages/{stage["id"]}");
        Assert.Equal("422 validation_failed stage", await desk.Refusal("POST", "deals", """{"name": "X", "stage": "lost"}"""));
    }
}
