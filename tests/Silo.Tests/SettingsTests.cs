using System.Text.Json.Nodes;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Configuration: file before environment before flags, and every problem at once. The environment is a process's own,
/// so these run the program.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_default_is_port_3000_and_a_data_directory_beside()
    {
        var (exit, answer) = await Check([]);
        Assert.Equal(0, exit);
        Assert.Equal(("http://localhost:3000", "default"), One(answer, "urls"));
        Assert.Equal(("./data", "default"), One(answer, "data"));
    }

    [Fact]
    public async Task Flags_beat_the_environment_and_it_beats_the_file()
    {
        const string file = """{"Troupe": {"Urls": "http://file:1", "Data": "file", "PublicUrl": "https://file.example"}}""";
        await File.WriteAllTextAsync(Path.Combine(_directory, "appsettings.json"), file);
        var (exit, answer) = await Check(new() { ["TROUPE__URLS"] = "http://environment:2", ["TROUPE__DATA"] = "environment" }, "--urls", "http://flag:3");
        Assert.Equal(0, exit);
        Assert.Equal(("http://flag:3", "flag"), One(answer, "urls"));
        Assert.Equal(("environment", "environment"), One(answer, "data"));
        Assert.Equal(("https://file.example", "file"), One(answer, "public_url"));
    }

    [Fact]
    public async Task Secrets_are_masked()
    {
        var (_, answer) = await Check(new() { ["TROUPE_ADMIN_TOKEN"] = "a-token-nobody-sees", ["TROUPE__DATABASE"] = "Host=db;Username=u;Password=hunter2" });
        Assert.Equal(("****", "environment"), One(answer, "admin_token"));
        Assert.Equal(("Host=db;Username=u;Password=****", "environment"), One(answer, "database"));
        Assert.DoesNotContain("hunter2", answer.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_problems_are_told_together_by_check_and_by_serve()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "appsettings.json"), """{"Troupe": {"Url": "http://x", "Outbound": {"Allow": []}}}""");
        var environment = new Dictionary<string, string>
        {
            ["TROUPE_ADMIN_TOKEN"] = "short",
            ["TROUPE__URLS"] = "localhost:3000;https://x",
            ["TROUPE__DATABASE"] = "a word",
            ["TROUPE__ROLES"] = "web",
            ["TROUPE__STOPGRACESECONDS"] = "-1",
            ["TROUPE__CLUSTERURL"] = "http://x",
            ["TROUPE__CLUSTERLISTEN"] = "3101",
            ["TROUPE__PUBLICURL"] = "nowhere",
        };
        string[] begin =
        [
            "Troupe:Url is not a setting.", "Urls: 'localhost:3000'", "Urls: 'https://x'", "Database: it is no connection string", "Roles: 'web'",
            "StopGraceSeconds:", "ClusterUrl: 'http://x'", "ClusterListen: '3101'", "ClusterSecret (TROUPE__CLUSTERSECRET) is missing", "PublicUrl: 'nowhere'",
            "AdminToken (TROUPE_ADMIN_TOKEN) is shorter",
        ];

        var (exit, answer) = await Check(environment);
        Assert.Equal((1, false), (exit, (bool)answer["ok"]!));
        Assert.Equal(begin, answer["problems"]!.AsArray().Select((problem, i) => problem!.ToString()[..begin[i].Length]));

        var (code, printed, error) = await Program.Run(_directory, environment, "serve", "--json");
        Assert.Equal(1, code);
        Assert.Equal(begin.Length, JsonNode.Parse(printed)!["error"]!["problems"]!.AsArray().Count);
        Assert.Empty(error);
        Assert.False(Directory.Exists(Path.Combine(_directory, "data")));
    }

    [Fact]
    public async Task The_nodes_of_a_cluster_are_told_their_token()
    {
        var (_, answer) = await Check(new() { ["TROUPE__CLUSTERURL"] = "http://127.0.0.1:3101" });
        Assert.Contains("AdminToken (TROUPE_ADMIN_TOKEN) is missing: the nodes of a cluster need the same.",
            answer["problems"]!.AsArray().Select(problem => problem!.ToString()));
    }

    [Fact]
    public void A_token_can_be_made_where_no_data_directory_is_yet()
    {
        var settings = new Settings { Data = Path.Combine(_directory, "data") };
        var token = AdminTokenFile.FindOrMake(settings);
        Assert.Equal(token, AdminTokenFile.FindOrMake(settings));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(settings.Data));
        }
    }

    [Fact]
    public async Task A_file_that_is_not_JSON_is_one_clear_problem()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "appsettings.json"), "{");
        var (exit, printed, error) = await Program.Run(_directory, [], "check");
        Assert.Equal((1, ""), (exit, printed));
        Assert.Contains("appsettings.json", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
    }

    private static (string? Value, string From) One(JsonNode answer, string name) =>
        (answer["settings"]![name]!["value"]?.ToString(), answer["settings"]![name]!["from"]!.ToString());

    private async Task<(int Exit, JsonNode Answer)> Check(Dictionary<string, string> environment, params string[] flags)
    {
        var (exit, printed, _) = await Program.Run(_directory, environment, ["check", "--json", .. flags]);
        return (exit, JsonNode.Parse(printed)!);
    }
}
