using System.Text.Json.Nodes;

namespace Troupe.Tests.Workspaces;

/// <summary>A keyed write happens once, however often and however concurrently it is asked for.</summary>
public sealed class IdempotencyStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Two_hundred_concurrent_creations_with_one_key_make_one_contact()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => i % 2 == 0
            ? desk.Send("POST", "contacts", """{"name": "Mia", "phone": "1"}""", "one")
            : desk.Send("POST", "contacts", """{ "idempotency_key": "one", "phone": "1", "name": "Mia" }""")));
        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        Assert.Single(answers.Select(answer => answer.Answer["data"]!.ToJsonString()).Distinct());
        Assert.Equal(200, answers.Select(answer => (string?)answer.Answer["request_id"]).Distinct().Count());
        Assert.Equal("Mia", await desk.List("contacts"));
        Assert.Single(await desk.Server.Events(desk.Workspace));
    }

    [Fact]
    public async Task A_repetition_is_answered_as_the_first_whatever_came_between()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var company = await desk.Id("companies", """{"name": "Kite"}""");
        var body = $$"""{"name": "Mia", "company_id": "{{company}}"}""";
        var made = (await desk.Send("POST", "contacts", body, "create")).Answer["data"]!;
        var id = (string)made["id"]!;
        var changed = (await desk.Send("PATCH", $"contacts/{id}", """{"name": "Ada"}""", "change")).Answer["data"]!;
        await desk.Send("PATCH", $"contacts/{id}", """{"name": "Zoe"}""");
        Assert.Equal(changed.ToJsonString(), (await desk.Send("PATCH", $"contacts/{id}", """{"name": "Ada"}""", "change")).Answer["data"]!.ToJsonString());
        Assert.Equal("Zoe", (string?)(await desk.Read($"contacts/{id}"))["name"]);
        var gone = (await desk.Send("DELETE", $"contacts/{id}", key: "delete")).Answer["data"]!;
        Assert.Equal(gone.ToJsonString(), (await desk.Send("DELETE", $"contacts/{id}", key: "delete")).Answer["data"]!.ToJsonString());
        await desk.Send("DELETE", $"companies/{company}");
        Assert.Equal(made.ToJsonString(), (await desk.Send("POST", "contacts", body, "create")).Answer["data"]!.ToJsonString());
        Assert.Equal("404 resource_not_found company_id", await desk.Refusal("POST", "contacts", body, "another"));
    }

    [Fact]
    public async Task A_key_is_for_one_request_and_a_refusal_does_not_use_it_up()
    {
        var desk = await CrmDesk.Open(shared.Server);
        Assert.Equal("422 validation_failed name", await desk.Refusal("POST", "contacts", "{}", "k"));
        var (status, _) = await desk.Send("POST", "contacts", """{"name": "Mia"}""", "k");
        Assert.Equal(201, status);
        var (conflict, answer) = await desk.Send("POST", "contacts", """{"name": "Ada"}""", "k");
        Assert.Equal((409, "idempotency_conflict", "k"), (conflict, (string?)answer["error"]!["code"], (string?)answer["error"]!["idempotency_key"]));
        Assert.Equal("409 idempotency_conflict", await desk.Refusal("POST", "contacts", "{}", "k"));
        Assert.Equal("422 validation_failed idempotency_key", await desk.Refusal("POST", "contacts", """{"name": "Mia", "idempotency_key": "other"}""", "k"));
        Assert.Equal(201, (await desk.Send("POST", "companies", """{"name": "Mia"}""", "k")).Status);
        var ids = (await desk.List("contacts", "id")).Split(' ');
        await desk.Send("PATCH", $"contacts/{ids[0]}", """{"name": "Mia"}""", "same"); // no change, and the key is taken all the same
        Assert.Equal("409 idempotency_conflict", await desk.Refusal("PATCH", $"contacts/{ids[0]}", """{"name": "Ada"}""", "same"));
        Assert.Equal("Mia", await desk.List("contacts"));
        using var stranger = await shared.Server.ClientWith(["crm:write"]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/contacts");
        request.Content = new StringContent("""{"name": "Ada"}""", null, "application/json");
        request.Headers.Add("Idempotency-Key", "k");
        using var there = await stranger.SendAsync(request);
        Assert.Equal(201, (int)there.StatusCode);
    }

    [Fact]
    public async Task An_answer_survives_a_restart()
    {
        await using var server = await TestServer.Start();
        var workspace = await server.MakeWorkspace();
        var key = await server.MakeKey(workspace, "crm:write", "crm:read");
        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var client = server.Client(key);
            var made = await client.PostJson("/api/v1/contacts", JsonNode.Parse("""{"name": "Mia", "idempotency_key": "k"}"""));
            answers.Add(made["data"]!.ToJsonString());
            await server.Restart();
        }

        Assert.Equal(answers[0], answers[1]);
    }
}
