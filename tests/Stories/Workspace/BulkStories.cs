using System.Text.Json.Nodes;

namespace Troupe.Tests.Workspaces;

/// <summary>Many records in one request.</summary>
public sealed class BulkStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private static async Task<string> Results(CrmDesk desk, string body, string? key = null)
    {
        var (status, answer) = await desk.Send("POST", "contacts/bulk", body, key);
        Assert.Equal(200, status);
        return string.Join(
            "; ", answer["data"]!.AsArray().Select(item => item!["error"] is { } error ? $"{error["code"]} {error["field_errors"]?[0]!["field"]}".TrimEnd()
                : $"{item["status"]} {item["data"]!["name"]}"));
    }

    [Fact]
    public async Task Items_are_created_and_changed_each_for_itself()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var known = await desk.Id("contacts", """{"name": "Known", "phone": "1"}""");
        var body = $$"""
            {"items": [{"name": "New"}, {"id": "{{known}}", "name": "Renamed"}, {"name": "Ext", "external_id": "e1"}, {"phone": "2"}, {"name": 7},
                       {"name": "Ext again", "external_id": "e1"}, {"id": "con_none", "name": "X"}, {"name": "A", "company_id": "com_none"}, 3]}
            """;
        Assert.Equal(
            "created New; updated Renamed; created Ext; validation_failed name; validation_failed name; updated Ext again; resource_not_found; "
            + "resource_not_found company_id; validation_failed body",
            await Results(desk, body));
        Assert.Equal("1", (string?)(await desk.Read($"contacts/{known}"))["phone"]);
        Assert.Equal(["Ext again", "New", "Renamed"], (await desk.List("contacts", "name")).Replace("Ext again", "Ext_again", StringComparison.Ordinal)
            .Split(' ').Select(name => name.Replace('_', ' ')).Order());
    }

    [Theory]
    [InlineData("""{"items": []}""", "422 validation_failed items")]
    [InlineData("{}", "422 validation_failed items")]
    [InlineData("""{"items": {}}""", "422 validation_failed items")]
    [InlineData("""{"items": [{"name": "A"}], "mode": 1}""", "422 validation_failed mode")]
    public async Task A_bulk_that_is_none_is_refused(string body, string refusal)
    {
        var desk = await CrmDesk.Open(shared.Server);
        Assert.Equal(refusal, await desk.Refusal("POST", "contacts/bulk", body));
        Assert.Equal("", await desk.List("contacts"));
    }

    [Fact]
    public async Task A_thousand_items_go_and_one_more_does_not()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var thousand = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $$"""{"name": "N{{i}}", "external_id": "x{{i}}"}"""));
        Assert.Equal("422 validation_failed items", await desk.Refusal("POST", "contacts/bulk", $$"""{"items": [{{thousand}}, {"name": "A"}]}"""));
        var (_, first) = await desk.Send("POST", "contacts/bulk", $$"""{"items": [{{thousand}}]}""");
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"{i} created N{i}"), first["data"]!.AsArray().Select(Line));
        var (_, again) = await desk.Send("POST", "contacts/bulk", $$"""{"items": [{{thousand}}]}""");
        Assert.All(again["data"]!.AsArray(), item => Assert.Equal("updated", (string?)item!["status"]));
        Assert.Equal(first["data"]!.AsArray().Select(Id), again["data"]!.AsArray().Select(Id));

        static string Line(JsonNode? item) => $"{item!["index"]} {item["status"]} {item["data"]!["name"]}";
        static string? Id(JsonNode? item) => (string?)item!["id"];
    }

    [Fact]
    public async Task A_keyed_bulk_happens_once()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var body = """{"items": [{"name": "New"}, {"name": "Ext", "external_id": "e1"}, {"phone": "2"}]}""";
        var first = await desk.Send("POST", "contacts/bulk", body, "k");
        var again = await desk.Send("POST", "contacts/bulk", body, "k");
        Assert.Equal(first.Answer["data"]!.ToJsonString(), again.Answer["data"]!.ToJsonString());
        Assert.Equal("409 idempotency_conflict", await desk.Refusal("POST", "contacts/bulk", """{"items": [{"name": "Other"}]}""", "k"));
        Assert.Equal(2, (await desk.List("contacts")).Split(' ').Length);
    }

    [Fact]
    public async Task Concurrent_bulks_with_the_same_external_ids_make_each_record_once()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var items = string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"name": "N", "external_id": "x{{i}}"}"""));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => desk.Send("POST", "contacts/bulk", $$"""{"items": [{{items}}]}""")));
        Assert.All(answers.SelectMany(answer => answer.Answer["data"]!.AsArray()), item => Assert.NotEqual("failed", (string?)item!["status"]));
        Assert.Equal(50, (await desk.List("contacts")).Split(' ').Length);
    }
}
