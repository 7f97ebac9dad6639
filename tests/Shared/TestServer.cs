using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Tests;

/// <summary>The whole real server inside the test's process, on a free loopback port, over a data directory of its own; with
/// <c>TROUPE_TEST_STORE=postgres</c> in the environment over a database of its own on the shared private PostgreSQL.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string AdminToken = "admin-token-of-a-test";
    private static readonly bool s_onPostgres = Environment.GetEnvironmentVariable("TROUPE_TEST_STORE") == "postgres";
    private readonly FakeClock? _clock;
    private readonly Dictionary<string, string?> _settings;
    private readonly Action<IServiceCollection>? _replace;
    private readonly Action<WebApplication>? _routes;
    private readonly List<HttpClient> _clients = [];
    private WebApplication _app = null!;
    private string? _database;
    private HttpClient? _admin;

    private TestServer(FakeClock? clock, Dictionary<string, string?> settings, Action<IServiceCollection>? replace, Action<WebApplication>? routes) =>
        (_clock, _settings, _replace, _routes) = (clock, settings, replace, routes);

    /// <summary>Where it listens; another port after a restart.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Its data directory; the same after a restart.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("troupe-test-").FullName;

    /// <summary>A client with the admin token.</summary>
    public HttpClient Admin => _admin ??= Client(AdminToken);

    /// <summary>Starts a server.</summary>
    /// <param name="clock">Time for everything in it; the real time when null.</param>
    /// <param name="settings">Configuration by full key, e.g. <c>Troupe:Outbound:Allow:0</c>.</param>
    /// <param name="replace">Services registered before the server's own.</param>
    /// <param name="routes">Routes of the test's own, mapped after the server's.</param>
    /// <param name="prepare">Puts something into the data directory before the first start.</param>
    public static async Task<TestServer> Start(
        FakeClock? clock = null, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? replace = null,
            Action<WebApplication>? routes = null, Action<string>? prepare = null)
    {
        var server = new TestServer(clock, settings ?? [], replace, routes);
        prepare?.Invoke(server.Data);
        await server.Run();
        return server;
    }

    /// <summary>A service of the server.</summary>
    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Stops it as SIGTERM would and starts it again on the same data. Clients made before are of no use afterwards.</summary>
    public async Task Restart()
    {
        await Stop();
        await Run();
    }

    /// <summary>A client with a bearer token; none when empty.</summary>
    public HttpClient Client(string bearer = "")
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = bearer.Length == 0 ? null : new AuthenticationHeaderValue("Bearer", bearer);
        _clients.Add(client);
        return client;
    }

    /// <summary>A new workspace; gives its id.</summary>
    public async Task<string> MakeWorkspace(string plan = "self_hosted")
    {
        var made = await Admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = $"Harbor {Guid.NewGuid():N}", ["plan"] = plan });
        return made["data"]!["id"]!.GetValue<string>();
    }

    /// <summary>A new key of a workspace; gives its whole text.</summary>
    public async Task<string> MakeKey(string workspace, params string[] scopes)
    {
        var body = new JsonObject { ["name"] = "test", ["scopes"] = new JsonArray([.. scopes.Select(scope => (JsonNode)scope)]) };
        return (await Admin.PostJson($"/admin/workspaces/{workspace}/keys", body))["data"]!["key"]!.GetValue<string>();
    }

    /// <summary>A client with a new key; of a new workspace unless one is named.</summary>
    public async Task<HttpClient> ClientWith(string[] scopes, string? workspace = null) => Client(await MakeKey(workspace ?? await MakeWorkspace(), scopes));

    /// <summary>The events committed so far, the oldest first; of one workspace if named.</summary>
    public async Task<IReadOnlyList<StoredEvent>> Events(string? workspace = null)
    {
        List<StoredEvent> all = [];
        for (var after = 0L; ;)
        {
            var some = await Service<IOutbox>().Read(after, 1_000);
            if (some.Count == 0)
            {
                return [.. all.Where(one => workspace is null || one.Workspace == workspace)];
            }

            all.AddRange(some);
            after = some[^1].Position;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(Data, recursive: true);
        if (_database is not null)
        {
            PrivatePostgres.Return(_database);
        }
    }

    private async Task Run()
    {
        var configuration = new ConfigurationManager();
        foreach (var (key, value) in _settings)
        {
            configuration[key] = value;
        }

        if (s_onPostgres)
        {
            configuration["Troupe:Database"] = _database ??= await PrivatePostgres.Rent();
        }

        configuration["Troupe:Urls"] = "http://127.0.0.1:0";
        configuration["Troupe:Data"] = Data;
        configuration["Troupe:AdminToken"] = AdminToken;
        var (settings, problems) = SettingsReader.Read(configuration);
        if (problems.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', problems));
        }

        _app = Server.Build(settings, configuration, services =>
        {
            if (_clock is not null)
            {
                services.AddSingleton<TimeProvider>(_clock);
            }

            _replace?.Invoke(services);
        });
        _routes?.Invoke(_app);
        await _app.StartAsync();
    }

    private async Task Stop()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
        _admin = null;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
