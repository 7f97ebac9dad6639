using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>The real server as a process of its own, which a test may kill and start again on the same data.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const string AdminToken = "admin-token-of-a-test";
    private readonly Dictionary<string, string> _environment;
    private readonly List<string> _output = [];
    private Process? _process;

    public ServerProcess(Dictionary<string, string>? environment = null)
    {
        Data = Directory.CreateTempSubdirectory("troupe-faults-").FullName;
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _environment = environment ?? [];
    }

    /// <summary>Where it listens; the same after a restart.</summary>
    public Uri Address { get; }

    /// <summary>Its data directory; the same after a restart.</summary>
    public string Data { get; }

    /// <summary>The process id of the present process.</summary>
    public int Pid => _process!.Id;

    /// <summary>What the processes have printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "troupe.dll"), "serve", "--urls", Address.ToString().TrimEnd('/'), "--data", Data },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Data,
            Environment = { ["TROUPE_ADMIN_TOKEN"] = AdminToken },
        };
        foreach (var (key, value) in _environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReady();
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>A client with a bearer token.</summary>
    public HttpClient Client(string bearer, TimeSpan? timeout = null) => new(new SocketsHttpHandler { MaxConnectionsPerServer = 512 })
    {
        BaseAddress = Address,
        Timeout = timeout ?? TimeSpan.FromSeconds(20),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) },
    };

    /// <summary>A new workspace and a key of it.</summary>
    public async Task<string> MakeKey(params string[] scopes)
    {
        using var admin = Client(AdminToken);
        var workspace = await admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = $"Harbor {Guid.NewGuid():N}" });
        var body = new JsonObject { ["name"] = "test", ["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)s)]) };
        var key = await admin.PostJson($"/admin/workspaces/{workspace["data"]!["id"]}/keys", body);
        return key["data"]!["key"]!.GetValue<string>();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await Kill();
        }

        _process?.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private async Task WaitUntilReady()
    {
        using var probe = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        var limit = Stopwatch.StartNew();
        while (limit.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}:\n{Output}");
            }

            try
            {
                using var answer = await probe.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            await Task.Delay(25);
        }

        throw new TimeoutException($"The server was not ready after a minute:\n{Output}");
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            if (line.Data is not null && _output.Count < 10_000)
            {
                _output.Add(line.Data);
            }
        }
    }
}

/// <summary>JSON over an <see cref="HttpClient"/> for tests.</summary>
public static class JsonCalls
{
    /// <summary>Posts and expects success.</summary>
    public static Task<JsonNode> PostJson(this HttpClient client, string path, JsonNode? body = null) => client.SendJson(HttpMethod.Post, path, body);

    /// <summary>Gets and expects success.</summary>
    public static Task<JsonNode> GetJson(this HttpClient client, string path) => client.SendJson(HttpMethod.Get, path, null);

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
