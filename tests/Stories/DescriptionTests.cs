using System.Net;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Troupe.Tests;

/// <summary>The families' OpenAPI documents: whole, and in the words the API really speaks.</summary>
public sealed class DescriptionTests(WalkedInstallation installation) : IClassFixture<WalkedInstallation>
{
    [Theory]
    [InlineData("ingest")]
    [InlineData("workspace")]
    [InlineData("operator")]
    public async Task A_document_tells_every_route_of_its_family(string family)
    {
        var json = await Document(family);
        var (document, problems) = OpenApiDocument.Parse(json.ToJsonString(), "json");

        Assert.Empty(problems!.Errors);
        Assert.StartsWith("3.1", json["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var routes = installation.Routes.Where(r => r.Access.Family.Accent.Name == family).Select(r => $"{r.Method} {r.Path}");
        var told = document!.Paths.SelectMany(path => path.Value.Operations!.Select(o => $"{o.Key.Method} {path.Key}"));
        Assert.Equal(routes.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ingest")]
    [InlineData("workspace")]
    [InlineData("operator")]
    public async Task Every_operation_says_its_name_its_answers_and_who_may(string family)
    {
        var json = await Document(family);
        var names = new List<string>();
        foreach (var route in installation.Routes.Where(r => r.Access.Family.Accent.Name == family))
        {
            var operation = json["paths"]![route.Path]![route.Method.ToLowerInvariant()]!;
            names.Add(operation["operationId"]!.GetValue<string>());
            var answers = operation["responses"]!.AsObject();
            Assert.Contains(answers, a => a.Key[0] == '2' && a.Value!["content"]!.AsObject().Single().Value!["schema"] is not null);
            Assert.True(answers.ContainsKey("503"), $"{route} may always be unavailable.");
            Assert.Equal(!route.Access.IsOpen, answers.ContainsKey("401"));
            var scopes = operation["security"]!.AsArray().SelectMany(s => s!["bearer"]!.AsArray()).Select(s => s!.GetValue<string>());
            Assert.Equal(route.Access.IsOpen ? [] : route.Access.AnyOf, scopes);
            var body = operation["requestBody"];
            var mustSend = body?["content"]?["application/json"]?["schema"] is not null && body["required"]?.GetValue<bool>() == true;
            Assert.Equal(route.TakesJson && !route.Path.EndsWith("/run", StringComparison.Ordinal), mustSend);
        }

        Assert.Distinct(names);
    }

    /// <summary>What is described is what is sent: the members of real answers, held against the document.</summary>
    [Theory]
    [InlineData("/api/v1/data-tables/{id}", "table")]
    [InlineData("/api/v1/spinners/{id}", "spinner")]
    [InlineData("/api/v1/jobs/{id}", "job")]
    [InlineData("/api/v1/records/{id}", "record")]
    public async Task An_answer_has_the_members_its_description_has(string path, string thing)
    {
        var ids = installation.Ids;
        var id = thing switch { "table" => ids.Table, "spinner" => ids.Spinner, "job" => ids.Job, _ => ids.Record };
        var answer = await installation.Owner.GetJson(path.Replace("{id}", id, StringComparison.Ordinal));
        var json = await Document("workspace");
        var envelope = json["paths"]![path]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        var described = Resolve(json, envelope["properties"]!["data"]!)["properties"]!.AsObject();

        Assert.Equal(described.Select(p => p.Key).Order(StringComparer.Ordinal), answer["data"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_draft_is_described_as_strictly_as_it_is_read()
    {
        var json = await Document("workspace");
        var body = json["paths"]!["/api/v1/spinners"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        var draft = Resolve(json, body);

        Assert.False(draft["additionalProperties"]!.GetValue<bool>());
        Assert.Equal(["integer", "null"], draft["properties"]!["concurrency"]!["type"]!.AsArray().Select(t => t!.GetValue<string>()).Order());
        Assert.Null(draft["required"]);
    }

    [Fact]
    public async Task An_unknown_family_is_told_which_there_are()
    {
        using var answer = await installation.Nobody.GetAsync(new Uri("/openapi/nothing.json", UriKind.Relative));
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("description_not_found", error["code"]!.GetValue<string>());
        Assert.Equal(["ingest", "operator", "workspace"], error["families"]!.AsArray().Select(f => f!.GetValue<string>()));
    }

    private async Task<JsonNode> Document(string family)
    {
        using var answer = await installation.Nobody.GetAsync(new Uri($"/openapi/{family}.json", UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static JsonNode Resolve(JsonNode document, JsonNode schema) =>
        schema["$ref"]?.GetValue<string>() is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]! : schema;
}
