using System.Text.Json.Nodes;
using Troupe.Identity;

namespace Troupe.Tests.Workspaces;

/// <summary>A client written against the contract works unchanged: its own requests get its own answers.</summary>
public sealed class SeedStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task The_examples_of_the_contract_are_answered_as_it_says()
    {
        var samples = new Samples();
        var modules = """["activity_log", "tasks", "crm", "support", "cms", "assets", "integrations", "analytics_governance"]""";
        var made = await shared.Server.Admin.PostJson(
            "/admin/workspaces", JsonNode.Parse($$"""{"name": "Sandbox Workspace", "slug": "sandbox-{{Guid.NewGuid():N}}", "modules": {{modules}}}"""));
        var workspace = made["data"]!["id"]!.GetValue<string>();
        samples.Stand("wrk_123", workspace);
        using var http = await shared.Server.ClientWith([.. Scopes.All.Where(scope => !scope.StartsWith("bi:", StringComparison.Ordinal))], workspace);

        foreach (var (route, expected, request, response) in SeedExamples.All)
        {
            var (method, path) = (new HttpMethod(route.Split(' ')[0]), samples.Real(route.Split(' ')[1]));
            var (status, answer) = await http.Try(method, "/api/v1" + path, request is null ? null : samples.Real(request));
            Assert.True((int)status == expected, $"{route}: {(int)status} {answer.ToJsonString()}");
            var complaint = samples.Differs(JsonNode.Parse(response)!, answer);
            Assert.True(complaint is null, $"{route}: {complaint}\n{answer.ToJsonString()}");
        }
    }
}
