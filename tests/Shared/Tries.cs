using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>Requests whose answer may be a refusal.</summary>
public static class Tries
{
    /// <summary>JSON text with every letter as it is.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Sends a body as it stands and gives status and answer. The media type is JSON unless said otherwise; empty for none at all.</summary>
    public static Task<(HttpStatusCode Status, JsonNode Answer)> Try(this HttpClient client, HttpMethod method, string path, string? body = null,
        string mediaType = "application/json") =>
        client.Try(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), mediaType);

    /// <summary>Sends bytes and gives status and answer.</summary>
    public static async Task<(HttpStatusCode Status, JsonNode Answer)> Try(this HttpClient client, HttpMethod method, string path, byte[]? body,
        string mediaType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = mediaType.Length == 0 ? null : MediaTypeHeaderValue.Parse(mediaType);
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
    }
}
