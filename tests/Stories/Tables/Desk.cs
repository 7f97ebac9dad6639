using System.Net;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Tables;

/// <summary>A workspace with a key that may do everything with tables, and short ways to do it.</summary>
public sealed class Desk
{
    private Desk(TestServer server, string workspace, HttpClient http) => (Server, Workspace, Http) = (server, workspace, http);

    public TestServer Server { get; }

    public string Workspace { get; }

    public HttpClient Http { get; }

    public static async Task<Desk> Open(TestServer server, string plan = "self_hosted")
    {
        var workspace = await server.MakeWorkspace(plan);
        return new(server, workspace, await server.ClientWith(["tables:read", "tables:write", "ingest"], workspace));
    }

    /// <summary>A new table with text columns; gives its id.</summary>
    public async Task<string> Make(params string[] columns) =>
        (await Http.PostJson("/api/v1/data-tables", Draft(columns)))["data"]!["id"]!.GetValue<string>();

    public static JsonObject Draft(params string[] columns) =>
        new() { ["name"] = "People", ["columns"] = new JsonArray([.. columns.Select(name => (JsonNode)new JsonObject { ["name"] = name })]) };

    public async Task<JsonNode> Table(string id) => (await Http.GetJson($"/api/v1/data-tables/{id}"))["data"]!;

    /// <summary>The values of all rows of a table, a page after the other.</summary>
    public async Task<List<string>> Rows(string id, string query = "")
    {
        var rows = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await Http.GetJson($"/api/v1/data-tables/{id}/rows?limit=1000{query}{(cursor is null ? "" : "&cursor=" + cursor)}");
            rows.AddRange(page["data"]!.AsArray().Select(row => row!["values"]!.ToJsonString()));
            if ((cursor = page["next_cursor"]?.GetValue<string>()) is null)
            {
                return rows;
            }
        }
    }

    public Task<(HttpStatusCode Status, JsonNode Answer)> Csv(string id, string verb, string csv) =>
        Http.Try(HttpMethod.Post, $"/api/v1/data-tables/{id}/{verb}", csv, "text/csv");

    /// <summary>Pushes records; with an idempotency key if one is given.</summary>
    public Task<(HttpStatusCode Status, JsonNode Answer)> Push(string id, string records, string? key = null) =>
        Send(Http, "/api/v1/public/ingest", $$"""{"dataTableId":"{{id}}","records":{{records}}}""", key);

    public static async Task<(HttpStatusCode Status, JsonNode Answer)> Send(HttpClient http, string path, string body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, null, "application/json") };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>An answer without what differs from request to request, to compare it whole.</summary>
    public static string Plain(JsonNode answer)
    {
        var copy = answer.DeepClone();
        (copy as JsonObject)?.Remove("requestId");
        (copy as JsonObject)?.Remove("request_id");
        (copy["error"] as JsonObject)?.Remove("request_id");
        return copy.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
