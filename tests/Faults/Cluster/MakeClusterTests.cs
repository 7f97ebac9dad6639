using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Troupe.Tests;

namespace Troupe.Faults;

/// <summary>What <c>make cluster</c> does, with the very script and the very proxy: start, use, restart one node after the other, stop.</summary>
public sealed class MakeClusterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-make-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Three_nodes_start_are_restarted_in_turn_without_a_failed_request_and_stop()
    {
        using var cluster = Script();
        var printed = await Announcement(cluster);
        try
        {
            var (customers, operators) = (Address(printed, "customers"), Address(printed, "operators"));
            var token = (await File.ReadAllTextAsync(Path.Combine(_directory, "admin.token"))).Trim();
            using var admin = Client(operators, token);
            Assert.Equal(3, (await admin.GetJson("/admin/cluster"))["data"]!["nodes"]!.AsArray().Count);
            var key = await Key(admin);

            using var customer = Client(customers, key);
            Assert.Equal(HttpStatusCode.NotFound, (await customer.GetAsync(new Uri("/metrics", UriKind.Relative))).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await customer.GetAsync(new Uri("/%61dmin/cluster", UriKind.Relative))).StatusCode);

            using var end = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Ask(customers, key, end.Token)));
            var restarted = await Run("restart");
            Assert.Equal(3, restarted.Split('\n').Count(line => line.Contains("gave way to", StringComparison.Ordinal)));
            await end.CancelAsync();
            Assert.True((await load).Sum() > 100);
            Assert.Matches(@"\n\n3 nodes on PostgreSQL ", await Run("status"));
        }
        finally
        {
            await Run("stop");
        }

        await cluster.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, cluster.ExitCode);
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "run")));
        Assert.Empty(Left());
    }

    /// <summary>Asks one thing after the other, on connections that are kept; every answer must be good.</summary>
    private static async Task<int> Ask(Uri address, string key, CancellationToken end)
    {
        using var client = Client(address, key);
        var asked = 0;
        while (!end.IsCancellationRequested)
        {
            using var answer = await client.GetAsync(new Uri("/api/v1/data-tables", UriKind.Relative), CancellationToken.None);
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            asked++;
        }

        return asked;
    }

    private static async Task<string> Key(HttpClient admin)
    {
        var workspace = (await admin.PostJson("/admin/workspaces", new JsonObject { ["name"] = "Harbor" }))["data"]!["id"]!;
        var made = await admin.PostJson($"/admin/workspaces/{workspace}/keys", new JsonObject { ["name"] = "test", ["scopes"] = new JsonArray("tables:read") });
        return made["data"]!["key"]!.ToString();
    }

    private static HttpClient Client(Uri address, string bearer) => new()
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(20),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) },
    };

    private static Uri Address(string printed, string whose) =>
        new(Regex.Match(printed, $@"^  {whose} +(?<url>\S+)", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Groups["url"].Value);

    private static async Task<string> Announcement(Process cluster)
    {
        var lines = new List<string>();
        while (await cluster.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3)) is { } line)
        {
            lines.Add(line);
            if (line.Contains("ARGS=stop", StringComparison.Ordinal))
            {
                _ = cluster.StandardOutput.ReadToEndAsync();
                _ = cluster.StandardError.ReadToEndAsync();
                return string.Join('\n', lines);
            }
        }

        throw new InvalidOperationException($"{string.Join('\n', lines)}\n{await cluster.StandardError.ReadToEndAsync()}");
    }

    private async Task<string> Run(string what)
    {
        using var script = Script(what);
        var (printed, error) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(4));
        Assert.True(script.ExitCode == 0, $"{what}: {await printed}{await error}");
        return await printed;
    }

    private Process Script(params string[] what) => Process.Start(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "cluster"), .. what])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
        Environment =
        {
            ["TROUPE_CLUSTER_DIR"] = _directory,
            ["TROUPE_CLUSTER_PORT"] = "0",
            ["TROUPE_PROGRAM"] = $"dotnet {Path.Combine(AppContext.BaseDirectory, "troupe.dll")}",
        },
    })!;

    /// <summary>Processes of this cluster that still run.</summary>
    private List<string> Left() =>
    [
        .. Directory.GetDirectories("/proc").Select(folder => Path.GetFileName(folder)!)
            .Where(name => name.All(char.IsAsciiDigit) && Environ(name).Contains($"TROUPE_CLUSTER_MARK={_directory}")),
    ];

    private static string[] Environ(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // ended meanwhile, or somebody else's
        }
    }
}
