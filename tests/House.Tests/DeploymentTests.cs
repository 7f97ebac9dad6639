using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Troupe.House;

/// <summary>The files people deploy with hold together: compose, image and proxy name settings, ports, variables and files that are there.</summary>
public sealed partial class DeploymentTests
{
    private const string Compose = "docker-compose.yml";
    private const string Proxy = "deploy/haproxy.cfg";
    private static readonly string[] s_nodes = ["node1", "node2", "node3"];
    private static readonly Dictionary<string, object> s_compose = Read();

    private static Dictionary<object, object> Services => Map(s_compose["services"]);

    [Fact]
    public void Every_service_is_watched_and_comes_back()
    {
        Assert.Equal(["node1", "node2", "node3", "postgres", "proxy"], Services.Keys.Cast<string>().Order(StringComparer.Ordinal));
        Assert.All(Services, service =>
        {
            var known = Map(service.Value);
            Assert.Equal("unless-stopped", known["restart"]);
            Assert.StartsWith("CMD", List(Map(known["healthcheck"])["test"])[0], StringComparison.Ordinal);
            Assert.True(known.ContainsKey("image"));
        });
    }

    [Fact]
    public void Nodes_run_as_the_image_means_them_to()
    {
        foreach (var name in s_nodes)
        {
            var node = Map(Services[name]);
            Assert.Equal(("true", "ALL", "/tmp"), ((string)node["read_only"], List(node["cap_drop"])[0], List(node["tmpfs"])[0]));
            Assert.Equal("service_healthy", Map(Map(node["depends_on"])["postgres"])["condition"]);
            Assert.Equal(["CMD", "/app/troupe", "health"], List(Map(node["healthcheck"])["test"]));
            Assert.Equal(new Uri($"http://{name}:3101"), new Uri((string)Map(node["environment"])["TROUPE__CLUSTERURL"]));
        }
    }

    [Fact]
    public void Variables_are_settings_and_secrets_come_from_outside()
    {
        var given = Having("environment").SelectMany(service => Map(service["environment"])).ToList();
        var known = SettingPageTests.Names.Select(setting => $"TROUPE__{setting.ToUpperInvariant()}").Append("TROUPE_ADMIN_TOKEN");
        var image = Instruction("ENV").SelectMany(line => line.Split(' ')).Select(pair => pair.Split('=')[0]);
        var ours = given.Select(one => (string)one.Key).Concat(image).Where(name => name.StartsWith("TROUPE", StringComparison.Ordinal));
        Assert.Empty(ours.Except(known));

        var secrets = given.Where(one => Secret().IsMatch((string)one.Key)).ToList();
        Assert.True(secrets.DistinctBy(one => one.Key).Count() >= 4); // none renamed past the test
        Assert.All(secrets, one => Assert.Matches(@"\$\{\w+:\?[^}]+\}", (string)one.Value));
    }

    [Fact]
    public void Ports_and_files_fit_together()
    {
        var given = Map(Map(Services["proxy"])["environment"]);
        var asked = Variable().Matches(Tree.Text(Proxy)).Select(match => match.Groups["name"].Value).Distinct();
        Assert.Equal(asked.Order(StringComparer.Ordinal), given.Keys.Cast<string>().Order(StringComparer.Ordinal));
        var urls = Instruction("ENV").SelectMany(line => line.Split(' ')).Single(pair => pair.StartsWith("TROUPE__URLS=", StringComparison.Ordinal));
        Assert.All(s_nodes, node => Assert.Equal($"{node}:{new Uri(urls.Split('=')[1]).Port}", given[node.ToUpperInvariant()]));
        Assert.Equal("3000 3101", Assert.Single(Instruction("EXPOSE")));

        var mounts = Having("volumes").SelectMany(service => List(service["volumes"]));
        Assert.All(mounts.Select(mount => mount.Split(':')[0]), from => Assert.True(
            from.StartsWith("./", StringComparison.Ordinal) ? File.Exists(Path.Combine(Tree.Root, from)) : Map(s_compose["volumes"]).ContainsKey(from), from));
    }

    [Fact]
    public void The_image_copies_what_the_server_is_made_of_and_runs_as_nobody_in_particular()
    {
        var copied = Instruction("COPY").FindAll(line => !line.StartsWith("--from", StringComparison.Ordinal));
        var sources = copied.SelectMany(line => line.Split(' ')[..^1]).ToList();
        var let = Tree.Text(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        Assert.All(sources, source => Assert.True(Path.Exists(Path.Combine(Tree.Root, source)), source));
        Assert.All(sources, source => Assert.Contains(let, allowed => source == allowed || source.StartsWith(allowed + "/", StringComparison.Ordinal)));
        var projects = Tree.Under("src", ".csproj").Where(path => Tree.Text(path).Contains("Sdk", StringComparison.Ordinal)).ToList();
        Assert.Empty(projects.Except(sources));
        Assert.Equal("$APP_UID", Assert.Single(Instruction("USER")));
        Assert.EndsWith("""CMD ["/app/troupe", "health"]""", Assert.Single(Instruction("HEALTHCHECK")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")]
    [InlineData("node1:3000", "node2:3000", "node3:3000")]
    public async Task The_proxy_can_read_its_configuration(string one, string two, string three)
    {
        var start = new ProcessStartInfo("haproxy", ["-c", "-f", Path.Combine(Tree.Root, Proxy)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment =
            {
                ["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin",
                ["PROXY_PUBLIC"] = "127.0.0.1:1", ["PROXY_OPERATOR"] = "127.0.0.1:2", ["NODE1"] = one, ["NODE2"] = two, ["NODE3"] = three,
            },
        };
        using var haproxy = Process.Start(start)!;
        var printed = await haproxy.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await haproxy.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(haproxy.ExitCode == 0, printed);
    }

    private static Dictionary<string, object> Read()
    {
        using var text = new StringReader(Tree.Text(Compose));
        return new Deserializer().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(text)));
    }

    /// <summary>The services that say something of this.</summary>
    private static IEnumerable<Dictionary<object, object>> Having(string key) => Services.Values.Select(Map).Where(service => service.ContainsKey(key));

    private static Dictionary<object, object> Map(object value) => (Dictionary<object, object>)value;

    private static List<string> List(object value) => [.. ((List<object>)value).Cast<string>()];

    /// <summary>The arguments of a Dockerfile's instruction, wherever it stands.</summary>
    private static List<string> Instruction(string name) =>
        [.. Tree.Text("Dockerfile").Split('\n').Where(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..])];

    [GeneratedRegex("PASSWORD|SECRET|TOKEN|DATABASE$", RegexOptions.None, 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"\$\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();
}
