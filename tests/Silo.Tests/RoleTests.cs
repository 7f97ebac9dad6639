using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Front ends and silos apart: two processes on one PostgreSQL.</summary>
public sealed class RoleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-roles-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_front_end_serves_without_partitions_and_a_silo_serves_only_health_and_metrics()
    {
        var postgres = await PrivatePostgres.Shared;
        var database = await postgres.CreateDatabase();
        using var silo = Serve("silo", database);
        using var siloClient = await Ready(silo);
        using var front = Serve("api", database);
        using var frontClient = await Ready(front);

        var nodes = (await frontClient.GetJson("/admin/cluster"))["data"]!["nodes"]!.AsArray().ToDictionary(node => node!["roles"]![0]!.ToString());
        Assert.Equal((0, 1024), ((int)nodes["api"]!["partitions"]!, (int)nodes["silo"]!["partitions"]!));
        await frontClient.PostJson("/admin/workspaces", new JsonObject { ["name"] = "Harbor" }); // its grain lives on the other node
        var last = await frontClient.Try(HttpMethod.Post, $"/admin/cluster/nodes/{nodes["silo"]!["id"]}/drain");
        Assert.Equal((HttpStatusCode.Conflict, "node_last"), (last.Status, last.Answer["error"]!["code"]!.ToString()));

        foreach (var (path, status) in new[] { ("/health/live", 200), ("/metrics", 200), ("/admin/cluster", 404), ("/api/v1/data-tables", 404) })
        {
            using var answer = await siloClient.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((path, status), (path, (int)answer.StatusCode));
        }

        await End(front);
        await End(silo);
    }

    private Process Serve(string role, string database)
    {
        var environment = new Dictionary<string, string>
        {
            ["TROUPE__DATABASE"] = database,
            ["TROUPE__CLUSTERSECRET"] = new('s', 32),
            ["TROUPE__STOPGRACESECONDS"] = "0",
            ["TROUPE_ADMIN_TOKEN"] = TestServer.AdminToken,
        };
        string[] flags = ["--json", "--roles", role, "--urls", "http://127.0.0.1:0", "--cluster-url", "http://127.0.0.1:0"];
        var process = Program.Start(_directory, environment, ["serve", .. flags]);
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    private static async Task<HttpClient> Ready(Process process)
    {
        var client = new HttpClient
        {
            BaseAddress = new(JsonNode.Parse(await Program.ReadObject(process))!["urls"]![0]!.ToString()),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", TestServer.AdminToken) },
        };
        for (var end = Environment.TickCount64 + 60_000; ; await Task.Delay(50))
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (answer.IsSuccessStatusCode)
            {
                return client;
            }

            Assert.True(Environment.TickCount64 < end, await answer.Content.ReadAsStringAsync());
        }
    }

    private static async Task End(Process process)
    {
        ServerProcess.Send(process.Id, ServerProcess.Terminate);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, process.ExitCode);
    }
}
