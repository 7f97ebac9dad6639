using System.Text.Json.Nodes;
using Troupe.Silo.Commands;
using Troupe.Silo.Storage;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>The command line against a running server.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.Start();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Workspaces_and_keys_from_making_to_revoking()
    {
        var (exit, id, _) = await Run("workspaces", "create", "Harbor Ops", "--plan", "trial");
        Assert.Equal(0, exit);
        Assert.StartsWith("wrk_", id, StringComparison.Ordinal);

        (_, var list, _) = await Run("workspaces", "list");
        Assert.Matches($@"^ID +SLUG +PLAN +CREATED +NAME *\n{id} +harbor-ops +trial +\S+ +Harbor Ops *$", list);

        (exit, var key, _) = await Run("keys", "create", "push", "-w", id, "--scopes", "ingest,trigger");
        Assert.Equal(0, exit);
        Assert.Matches("^trp_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}$", key);

        (exit, var revoked, _) = await Run("keys", "revoke", $"key_{key[4..16]}", "-w", id);
        Assert.Equal((0, $"key_{key[4..16]} is revoked."), (exit, revoked));
        (_, list, _) = await Run("keys", "list", "-w", id);
        Assert.Matches($@"key_\w+ +{key[..16]} +revoked +never +ingest,trigger +push *$", list);
    }

    [Fact]
    public async Task With_json_each_prints_exactly_one_object()
    {
        var made = await RunJson(0, "workspaces", "create", "Harbor Ops");
        var id = made["data"]!["id"]!.ToString();
        var key = await RunJson(0, "keys", "create", "push", "-w", id, "-s", "ingest", "-s", "read");
        Assert.Equal("""["ingest","read"]""", key["data"]!["scopes"]!.ToJsonString());
        Assert.Single((await RunJson(0, "workspaces", "list"))["data"]!.AsArray());
        Assert.Single((await RunJson(0, "keys", "list", "-w", id))["data"]!.AsArray());
        Assert.Equal("revoked", (await RunJson(0, "keys", "revoke", key["data"]!["id"]!.ToString(), "-w", id))["data"]!["status"]!.ToString());

        var refused = await RunJson(1, "keys", "create", "push", "-w", id, "-s", "everything");
        Assert.Equal("validation_failed", refused["error"]!["code"]!.ToString());
        Assert.Equal("""["scopes[0]: Unknown scope 'everything'."]""", refused["error"]!["problems"]!.ToJsonString(Tries.Plain));
        Assert.Equal("usage", (await RunJson(2, "keys", "create"))["error"]!["code"]!.ToString());
    }

    [Fact]
    public async Task A_list_is_followed_over_all_its_pages()
    {
        foreach (var _ in Enumerable.Range(0, 103))
        {
            await _server.MakeWorkspace();
        }

        Assert.Equal(103, (await RunJson(0, "workspaces", "list"))["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Exit_codes_tell_refused_from_wrong_usage_from_unreachable()
    {
        Assert.Equal(1, (await Run("keys", "list", "-w", "wrk_unknown")).Exit);
        Assert.Equal(2, (await Run("keys", "list")).Exit);
        Assert.Equal(2, (await Run("keys", "lost")).Exit);
        Assert.Equal(2, (await Run("workspaces", "list", "--urk")).Exit);

        var nobody = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        var (exit, printed, error) = await Cli("workspaces", "list", "--url", nobody, "--token", TestServer.AdminToken);
        Assert.Equal((3, ""), (exit, printed));
        Assert.StartsWith($"No server answers at {nobody}", error, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli("workspaces", "list", "--url", "nonsense", "--token", "x")).Exit);
    }

    [Theory]
    [InlineData("workspaces", "create", "--nmae")]
    [InlineData("demo", "--kep")]
    [InlineData("keys", "revoke", "--id", "-w", "wrk_1")]
    [InlineData("check", "--json", "--verbose")]
    public async Task A_flag_there_is_not_is_never_taken_for_a_name(params string[] args)
    {
        var (exit, printed, error) = await Cli(args);
        Assert.Equal(2, exit);
        Assert.Contains("--", args.Contains("--json") ? printed : error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stands_behind_two_dashes_is_a_name()
    {
        var url = _server.Address.ToString();
        Assert.Equal(0, (await Cli("workspaces", "create", "--url", url, "--token", TestServer.AdminToken, "--", "--odd")).Exit);
        Assert.Contains((await RunJson(0, "workspaces", "list"))["data"]!.AsArray(), w => w!["name"]!.ToString() == "--odd");
    }

    [Fact]
    public async Task The_token_comes_from_the_flag_or_from_the_data_directory()
    {
        var url = _server.Address.ToString();
        var (exit, _, error) = await Cli("workspaces", "list", "--url", url, "--data", _server.Data);
        Assert.Equal(1, exit);
        Assert.Contains("admin.token", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(_server.Data, "admin.token"), TestServer.AdminToken + "\n");
        Assert.Equal(0, (await Cli("workspaces", "list", "--url", url, "--data", _server.Data)).Exit);
        Assert.Equal(1, (await Cli("workspaces", "list", "--url", url, "--data", _server.Data, "--token", "another-token-altogether")).Exit);
    }

    [Theory]
    [InlineData("serve", "troupe serve --urls http://0.0.0.0:8080 --data /var/lib/troupe")]
    [InlineData("demo", "troupe demo")]
    [InlineData("workspaces create", "troupe workspaces create \"Harbor Ops\"")]
    [InlineData("workspaces list", "troupe workspaces list")]
    [InlineData("keys create", "troupe keys create \"CRM push\"")]
    [InlineData("keys list", "troupe keys list")]
    [InlineData("keys revoke", "troupe keys revoke")]
    [InlineData("cluster status", "troupe cluster status")]
    [InlineData("cluster drain", "troupe cluster drain")]
    [InlineData("health", "troupe health")]
    [InlineData("backup", "troupe backup")]
    [InlineData("check", "troupe check")]
    [InlineData("migrate", "troupe migrate")]
    public async Task Help_shows_examples(string command, string example)
    {
        var (exit, printed, _) = await Cli([.. command.Split(' '), "--help"]);
        Assert.Equal(0, exit);
        Assert.Contains("--json", printed, StringComparison.Ordinal);
        Assert.Contains(example, printed[printed.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_reports_what_it_did_and_refuses_data_that_a_server_holds()
    {
        var directory = Path.Combine(_server.Data, "fresh");
        var first = await CliJson(0, "migrate", "--data", directory, "--json");
        Assert.NotEmpty(first["applied"]!.AsArray());
        Assert.Empty((await CliJson(0, "migrate", "--data", directory, "--json"))["applied"]!.AsArray());

        var held = await CliJson(1, "migrate", "--data", _server.Data, "--json");
        Assert.Equal("store_unusable", held["error"]!["code"]!.ToString());
        Assert.Contains($"is in use by process {Environment.ProcessId}", held["error"]!["message"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cluster_of_one_is_shown_and_its_only_node_stays()
    {
        var (exit, shown, _) = await Run("cluster", "status");
        Assert.Equal(0, exit);
        var node = Environment.MachineName;
        Assert.Matches($@"^ID +ADDRESS +STATE +ROLES .*\n{node} +- +active +api,silo +sole +1024 ", shown);
        Assert.EndsWith($"1 node on SQLite in {_server.Data}", shown, StringComparison.Ordinal);
        Assert.Equal(node, (await RunJson(0, "cluster", "status"))["data"]!["nodes"]![0]!["id"]!.ToString());

        Assert.Equal("node_last", (await RunJson(1, "cluster", "drain", node))["error"]!["code"]!.ToString());
        Assert.Equal("resource_not_found", (await RunJson(1, "cluster", "drain", "other", "--wait"))["error"]!["code"]!.ToString());
    }

    [Fact]
    public async Task Health_tells_by_its_exit_code_whether_the_server_is_ready()
    {
        var url = _server.Address.ToString();
        Assert.Equal((0, "ready", ""), await Cli("health", "--url", url));
        Assert.Equal((0, "live", ""), await Cli("health", "--live", "--url", url));
        Assert.Equal("ready", (await CliJson(0, "health", "--url", url, "--json"))["status"]!.ToString());

        await _server.Service<IStorage>().DisposeAsync();
        Assert.Equal((1, "The store is not open.", ""), await Cli("health", "--url", url));
        Assert.Equal(0, (await Cli("health", "--live", "--url", url)).Exit);
        Assert.Equal(3, (await Cli("health", "--url", $"http://127.0.0.1:{ServerProcess.FreePort()}")).Exit);
    }

    private Task<(int Exit, string Out, string Error)> Run(params string[] args) =>
        Cli([.. args, "--url", _server.Address.ToString(), "--token", TestServer.AdminToken]);

    private Task<JsonNode> RunJson(int exit, params string[] args) =>
        CliJson(exit, [.. args, "--json", "--url", _server.Address.ToString(), "--token", TestServer.AdminToken]);

    private static async Task<JsonNode> CliJson(int exit, params string[] args)
    {
        var (got, printed, error) = await Cli(args);
        Assert.Equal((exit, ""), (got, error));
        return JsonNode.Parse(printed)!.AsObject();
    }

    private static async Task<(int Exit, string Out, string Error)> Cli(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exit = await CommandLine.Run(args, new Terminal(output, error));
        return (exit, output.ToString().Trim(), error.ToString().Trim());
    }
}
