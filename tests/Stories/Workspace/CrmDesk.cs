using System.Net;
using System.Text.Json.Nodes;
using Troupe.Identity;

namespace Troupe.Tests.Workspaces;

/// <summary>A workspace with a key that may do everything, and short ways to speak to the workspace family.</summary>
internal sealed class CrmDesk
{
    private CrmDesk(TestServer server, string workspace, HttpClient http) => (Server, Workspace, Http) = (server, workspace, http);

    public TestServer Server { get; }

    public string Workspace { get; }

    public HttpClient Http { get; }

    public static async Task<CrmDesk> Open(TestServer server)
    {
        var workspace = await server.MakeWorkspace();
        return new(server, workspace, await server.ClientWith([.. Scopes.All], workspace));
    }

    /// <summary>Makes something and gives it back as it is shown.</summary>
    public async Task<JsonNode> Make(string collection, string body) => (await Http.PostJson($"/api/v1/{collection}", JsonNode.Parse(body)))["data"]!;

    /// <summary>Makes something and gives its id.</summary>
    public async Task<string> Id(string collection, string body) => (string)(await Make(collection, body))["id"]!;

    public async Task<JsonNode> Read(string path) => (await Http.GetJson($"/api/v1/{path}"))["data"]!;

    /// <summary>Sends a request, with an idempotency key if one is given, and gives the status and the answer.</summary>
    public async Task<(int Status, JsonNode Answer)> Send(string method, string path, string? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}");
        request.Content = body is null ? null : new StringContent(body, null, "application/json");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>Sends what must be refused and gives status, code and the refused fields.</summary>
    public async Task<string> Refusal(string method, string path, string? body = null, string? key = null)
    {
        var (status, answer) = await Send(method, path, body, key);
        var error = answer["error"] ?? throw new InvalidOperationException($"{status}: {answer.ToJsonString()}");
        var fields = error["field_errors"]?.AsArray().Select(field => (string?)field!["field"]) ?? [];
        return $"{status} {error["code"]} {string.Join(' ', fields)}".TrimEnd();
    }

    /// <summary>A member of each item of a list, all pages of it.</summary>
    public async Task<string> List(string path, string member = "name")
    {
        var values = new List<string?>();
        for (string? cursor = null; ;)
        {
            var more = $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=2{(cursor is null ? "" : $"&cursor={cursor}")}";
            var page = await Http.GetJson($"/api/v1/{path}{more}");
            values.AddRange(page["data"]!.AsArray().Select(item => (string?)item![member]));
            if ((cursor = (string?)page["next_cursor"]) is null)
            {
                return string.Join(' ', values);
            }
        }
    }

    /// <summary>Types of the workspace's events about something.</summary>
    public async Task<IReadOnlyList<StoredEvent>> Events(string subject) => [.. (await Server.Events(Workspace)).Where(one => one.Event.Subject == subject)];
}
