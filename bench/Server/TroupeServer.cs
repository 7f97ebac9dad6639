using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Troupe.Bench.Server;

/// <summary>The real server as a process of its own, on an empty data directory, spoken to through its public routes only.</summary>
internal sealed class TroupeServer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;
    private readonly string _adminToken;

    private TroupeServer(ChildProcess process, IPEndPoint address, string data, string adminToken)
    {
        (_process, Address, Data, _adminToken) = (process, address, data, adminToken);
        _http = new() { BaseAddress = new($"http://{address}"), Timeout = TimeSpan.FromSeconds(100) };
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Its data directory.</summary>
    public string Data { get; }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>An API key of the workspace, with every scope the benchmarks need.</summary>
    public string Key { get; private set; } = "";

    /// <summary>Starts it and waits until it is ready, with a workspace and a key.</summary>
    /// <param name="session">The run.</param>
    /// <param name="settings">Environment variables for its process, beside those of every run.</param>
    public static async Task<TroupeServer> Start(Session session, IReadOnlyDictionary<string, string>? settings = null)
    {
        var (address, data, token) = (new IPEndPoint(IPAddress.Loopback, FreePort()), session.Fresh("data"), $"bench-{Guid.NewGuid():N}");
        var environment = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["TROUPE_ADMIN_TOKEN"] = token,
            ["Logging__LogLevel__Default"] = "Warning",
        };
        var process = ChildProcess.Start("troupe.dll", ["serve", "--urls", $"http://{address}", "--data", data], environment);
        var server = new TroupeServer(process, address, data, token);
        await server.Ready();
        await server.MakeKey();
        return server;
    }

    /// <summary>A table with the benchmark's columns; gives its id.</summary>
    public async Task<string> MakeTable(string name)
    {
        var columns = new JsonArray([.. Load.Rows.Columns.Select(column => new JsonObject { ["name"] = column })]);
        var table = await Send(HttpMethod.Post, "/api/v1/data-tables", new JsonObject { ["name"] = name, ["columns"] = columns });
        return table["id"]!.GetValue<string>();
    }

    /// <summary>How many rows the server says a table has.</summary>
    public async Task<long> RowCount(string table) => (await Send(HttpMethod.Get, $"/api/v1/data-tables/{table}"))["row_count"]!.GetValue<long>();

    /// <summary>Streams a CSV document to the end of a table.</summary>
    public async Task Append(string table, Func<Stream, Task> csv)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/data-tables/{table}/append") { Content = new CsvContent(csv) };
        request.Headers.Authorization = new("Bearer", Key);
        using var response = await _http.SendAsync(request);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"append answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Calls a route with the key, or the admin token below /admin, and gives the answer's data.</summary>
    public async Task<JsonNode> Send(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", path.StartsWith("/admin", StringComparison.Ordinal) ? _adminToken : Key);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!["data"]!
            : throw new InvalidOperationException($"{method} {path} answered {(int)response.StatusCode}: {text}");
    }

    /// <summary>Lets the kernel count the peak of resident memory anew (Linux).</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{ProcessId}/clear_refs", "5");

    /// <summary>Peak resident memory since <see cref="ForgetPeak"/>, in bytes (Linux).</summary>
    public long Peak() => 1024 * long.Parse(
        File.ReadLines($"/proc/{ProcessId}/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))[6..].Replace("kB", "", StringComparison.Ordinal)
            .Trim(), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.Stop();
        _process.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private async Task Ready()
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (_process.Ended)
                throw new InvalidOperationException($"The server ended:\n{_process.Output}");
            try
            {
                using var answer = await _http.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // not listening yet
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"The server was not ready after 30 s:\n{_process.Output}");
    }

    private async Task MakeKey()
    {
        var workspace = await Send(HttpMethod.Post, "/admin/workspaces", new JsonObject { ["name"] = "Bench" });
        JsonArray scopes =
            ["ingest", "trigger", "tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read", "jobs:write", "crm:read", "crm:write"];
        var key = await Send(HttpMethod.Post, $"/admin/workspaces/{workspace["id"]}/keys", new JsonObject { ["name"] = "bench", ["scopes"] = scopes });
        Key = key["key"]!.GetValue<string>();
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private sealed class CsvContent : HttpContent
    {
        private readonly Func<Stream, Task> _write;

        public CsvContent(Func<Stream, Task> write)
        {
            _write = write;
            Headers.ContentType = new("text/csv");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
