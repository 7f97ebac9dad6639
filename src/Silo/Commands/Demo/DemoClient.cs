using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Troupe.Silo.Commands.Demo;

/// <summary>A caller of the public routes with one bearer token, or none. Any answer but a success ends the demo with the answer's text.</summary>
internal sealed class DemoClient(Uri address, string? token) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = address,
        DefaultRequestHeaders = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>Reads a resource.</summary>
    public Task<JsonElement> Get(string path, CancellationToken cancel) => Send(HttpMethod.Get, path, null, cancel);

    /// <summary>Posts JSON; null sends no body.</summary>
    public Task<JsonElement> Post(string path, object? body, CancellationToken cancel) =>
        Send(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), cancel);

    /// <summary>Changes a resource.</summary>
    public Task<JsonElement> Patch(string path, object body, CancellationToken cancel) => Send(HttpMethod.Patch, path, JsonContent.Create(body), cancel);

    /// <summary>Posts a CSV text.</summary>
    public Task<JsonElement> PostCsv(string path, ReadOnlyMemory<byte> csv, CancellationToken cancel) =>
        Send(HttpMethod.Post, path, new ReadOnlyMemoryContent(csv) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } }, cancel);

    /// <summary>Opens a stream of server-sent events.</summary>
    public async Task<Stream> Events(string path, CancellationToken cancel) => await _http.GetStreamAsync(new Uri(path, UriKind.Relative), cancel);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> Send(HttpMethod method, string path, HttpContent? content, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        using var answer = await _http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.IsSuccessStatusCode
            ? JsonElement.Parse(text)
            : throw new DemoFailure($"{method} {path} answered {(int)answer.StatusCode}: {text}");
    }
}
