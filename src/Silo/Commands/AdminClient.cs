using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Silo.Commands;

/// <summary>Where a running server is and how to be let in; the flags of every command that talks to one.</summary>
internal sealed class AdminFlags
{
    private readonly Option<string?> _url =
        new("--url") { Description = "Address of the server. Default: the first of the configured Urls.", HelpName = "URL" };
    private readonly Option<string?> _token =
        new("--token") { Description = "Admin token. Default: TROUPE_ADMIN_TOKEN, then <data>/admin.token.", HelpName = "TOKEN" };
    private readonly Option<string?> _data = new("--data") { Description = "Data directory to look for admin.token in. Default: ./data", HelpName = "DIR" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
        command.Options.Add(_data);
    }

    /// <summary>A client for this run.</summary>
    public AdminClient Open(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?> { [nameof(Settings.Data)] = parsed.GetValue(_data), [nameof(Settings.Urls)] = parsed.GetValue(_url) };
        var (settings, _) = SettingsReader.Read(SettingsReader.Gather(flags));
        var token = parsed.GetValue(_token) ?? AdminTokenFile.Find(settings)
            ?? throw new Refusal(new(
                "token_missing",
                "No admin token: give --token, set TROUPE_ADMIN_TOKEN, or name with --data the directory whose admin.token to use " +
                $"({AdminTokenFile.Path(settings)} is not there)."));
        return new(Address(settings.Urls), token);
    }

    /// <summary>The address that was given, or that of the configured server.</summary>
    public static Uri AddressOf(string? given) =>
        Address(SettingsReader.Read(SettingsReader.Gather(new Dictionary<string, string?> { [nameof(Settings.Urls)] = given })).Settings.Urls);

    private static Uri Address(string text)
    {
        // An address to listen on may name every interface; to call it, this machine is meant.
        var callable = text.Split(';')[0].Trim().Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal)
            .Replace("//[::]", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal);
        return Uri.TryCreate(callable, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new Refusal(new("usage", $"--url '{text}' is not an address such as http://localhost:3000."), ExitCode.Usage);
    }
}

/// <summary>Speaks with a running server over the operator's routes.</summary>
internal sealed class AdminClient(Uri address, string token) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>Sends a request and gives the answer; a refusal of the server ends the command.</summary>
    public async Task<JsonNode> Send(HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await Reach(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        var json = Parse(text);
        return answer.IsSuccessStatusCode && json is not null ? json
            : throw new Refusal(json?["error"] is { } error && error["code"] is { } code
                ? new(code.ToString(), error["message"]?.ToString() ?? text, Fields(error))
                : new("not_a_troupe_server", $"{address} answered {(int)answer.StatusCode}, but not as a Troupe server."));
    }

    /// <summary>Every item of a list, over all its pages.</summary>
    public async Task<JsonArray> List(string path, CancellationToken cancel)
    {
        var all = new JsonArray();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Send(HttpMethod.Get, $"{path}?limit=100{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}", null, cancel);
            foreach (var item in page["data"]!.AsArray())
            {
                all.Add(item!.DeepClone());
            }

            cursor = page["next_cursor"]?.ToString();
        }

        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string[]? Fields(JsonNode error) =>
        (error["field_errors"] as JsonArray)?.Select(field => $"{field!["field"]}: {field["message"]}").ToArray();

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> Reach(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await _http.SendAsync(request, cancel);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            throw new Refusal(new("server_unreachable", $"No server answers at {address}: {e.Message}"), ExitCode.Unreachable);
        }
    }
}
