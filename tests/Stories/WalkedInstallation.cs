using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Troupe.Identity;

namespace Troupe.Tests;

/// <summary>A server with a workspace that has one of everything, and a second workspace that has nothing but a key.</summary>
public sealed class WalkedInstallation : IAsyncLifetime
{
    private static readonly string[] Watched =
        ["/api/v1/data-tables", "/api/v1/data-tables/{table}", "/api/v1/data-tables/{table}/rows", "/api/v1/spinners", "/api/v1/jobs",
            "/api/v1/jobs/{job}/records"];

    /// <summary>The server.</summary>
    public TestServer Server { get; private set; } = null!;

    /// <summary>Every route of its families.</summary>
    public IReadOnlyList<WalkedRoute> Routes { get; private set; } = [];

    /// <summary>What the first workspace has.</summary>
    public WalkedIds Ids { get; private set; } = WalkedIds.Unknown;

    /// <summary>A caller with every scope in the first workspace.</summary>
    public HttpClient Owner { get; private set; } = null!;

    /// <summary>A caller with every scope in the second one.</summary>
    public HttpClient Stranger { get; private set; } = null!;

    /// <summary>A caller without any credential.</summary>
    public HttpClient Nobody { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await TestServer.Start();
        Routes = WalkedRoute.All(Server.Service<EndpointDataSource>());
        var workspace = await Server.MakeWorkspace();
        Owner = await Server.ClientWith([.. Scopes.All], workspace);
        Stranger = await Server.ClientWith([.. Scopes.All]);
        Nobody = Server.Client();

        var table = Text(await Owner.PostJson("/api/v1/data-tables", JsonNode.Parse("""{"name": "Leads", "columns": [{"name": "name"}]}""")), "id");
        var webhook = Text(await Owner.PostJson($"/api/v1/data-tables/{table}/ingest-webhook"), "token");
        await Owner.PostJson("/api/v1/public/ingest", JsonNode.Parse($$"""{"dataTableId": "{{table}}", "records": [{"name": "Ada"}, {"name": "Mia"}]}"""));
        var ids = Ids with { Workspace = workspace, Table = table, WebhookToken = webhook };
        ids =
            ids with { Spinner = Text(await Owner.PostJson("/api/v1/spinners", JsonNode.Parse(RequestBodies.For("POST /api/v1/spinners", ids).Body!)), "id") };
        await Owner.PostJson($"/api/v1/spinners/{ids.Spinner}/publish");
        ids = ids with { Job = (await Owner.PostJson($"/api/v1/public/trigger/{ids.Spinner}"))["jobId"]!.GetValue<string>() };
        await Owner.GetStringAsync(new Uri($"/api/v1/jobs/{ids.Job}/events", UriKind.Relative)); // the stream ends with the job
        var records = await Owner.GetJson($"/api/v1/jobs/{ids.Job}/records");
        var keys = await Server.Admin.GetJson($"/admin/workspaces/{workspace}/keys");
        ids = await MakeResources(ids);
        Ids = ids with { Record = records["data"]![0]!["id"]!.GetValue<string>(), Key = keys["data"]![0]!["id"]!.GetValue<string>() };
    }

    /// <summary>One of each resource, in the order of the routes: whatever can be made by a POST to its collection and read by its id.</summary>
    private async Task<WalkedIds> MakeResources(WalkedIds ids)
    {
        foreach (var route in Routes.Where(r => r.Method == "GET" && r.Path.StartsWith("/api/v1/", StringComparison.Ordinal)
            && r.Path.EndsWith("/{id}", StringComparison.Ordinal)))
        {
            var collection = route.Path[..^"/{id}".Length];
            if (Routes.Any(r => r.Method == "GET" && r.Path == collection) && Array.TrueForAll(Watched, path => path != collection))
            {
                var body = RequestBodies.For($"POST {collection}", ids).Body;
                ids = ids with { Made = ids.Made.Add(collection, Text(await Owner.PostJson(collection, JsonNode.Parse(body!)), "id")) };
            }
        }

        return ids;
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Everything that the first workspace can see of itself, and how many events there were in the whole installation.</summary>
    public async Task<string> Fingerprint()
    {
        var parts = new List<string> { $"{(await Server.Events()).Count} events" };
        foreach (var path in Watched.Concat(Ids.Made.Keys.Order(StringComparer.Ordinal)))
        {
            var json = await Owner.GetJson(path.Replace("{table}", Ids.Table, StringComparison.Ordinal).Replace("{job}", Ids.Job, StringComparison.Ordinal));
            parts.Add(json["data"]!.ToJsonString());
        }

        return string.Join('\n', parts);
    }

    private static string Text(JsonNode answer, string name) => answer["data"]![name]!.GetValue<string>();
}
