using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>JSON over an <see cref="HttpClient"/> for tests.</summary>
public static class JsonCalls
{
    /// <summary>Posts and expects success.</summary>
    public static Task<JsonNode> PostJson(this HttpClient client, string path, JsonNode? body = null) => client.SendJson(HttpMethod.Post, path, body);

    /// <summary>Gets and expects success.</summary>
    public static Task<JsonNode> GetJson(this HttpClient client, string path) => client.SendJson(HttpMethod.Get, path, null);

    /// <summary>With the admin's client: a new workspace and a key of it.</summary>
    public static async Task<string> MakeKey(this HttpClient admin, params string[] scopes)
    {
        var workspace = await admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = $"Harbor {Guid.NewGuid():N}" });
        var body = new JsonObject { ["name"] = "test", ["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)s)]) };
        var key = await admin.PostJson($"/admin/workspaces/{workspace["data"]!["id"]}/keys", body);
        return key["data"]!["key"]!.GetValue<string>();
    }

    /// <summary>Every item of a list, page by page.</summary>
    public static async IAsyncEnumerable<JsonNode> Items(this HttpClient client, string path, int limit)
    {
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await client.GetJson($"{path}?limit={limit}{(cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}");
            foreach (var item in page["data"]!.AsArray())
            {
                yield return item!;
            }

            cursor = page["next_cursor"]?.GetValue<string>();
        }
    }

    /// <summary>Sends and expects success; anything else throws with the answer's text.</summary>
    public static async Task<JsonNode> SendJson(this HttpClient client, HttpMethod method, string path, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
    }
}
