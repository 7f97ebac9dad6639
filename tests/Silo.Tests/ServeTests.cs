using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>The program as a process: how it starts, what it prints, how it ends.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-serve-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Serve_prints_one_object_makes_a_token_only_its_owner_can_read_and_ends_well_on_SIGTERM()
    {
        var url = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        using var server = Program.Start(_directory, [], "serve", "--json", "--urls", url);
        var started = JsonNode.Parse(await Program.ReadObject(server))!;
        Assert.Equal(url, started["urls"]![0]!.ToString());

        var file = started["admin_token_file"]!.ToString();
        Assert.Equal(Path.Combine(_directory, "data", "admin.token"), file);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        var (exit, listed, _) = await Program.Run(_directory, [], "workspaces", "list", "--json", "--url", url);
        Assert.Equal((0, 0), (exit, JsonNode.Parse(listed)!["data"]!.AsArray().Count));

        ServerProcess.Send(server.Id, ServerProcess.Terminate);
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, server.ExitCode);
        Assert.Empty((await server.StandardOutput.ReadToEndAsync()).Trim());
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)holder.LocalEndpoint).Port}";
        var (exit, printed, error) = await Program.Run(_directory, new() { ["Logging__LogLevel__Default"] = "Warning" }, "serve", "--urls", url);
        Assert.Equal((1, ""), (exit, printed));
        Assert.Equal($"{url} is in use by another program. Stop it, or choose another address with --urls.", error);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_one_clear_line()
    {
        var (exit, printed, error) = await Program.Run(
            _directory, new() { ["Logging__LogLevel__Default"] = "Warning" }, "serve", "--urls", "http://192.0.2.1:3000");
        Assert.Equal((1, ""), (exit, printed));
        Assert.StartsWith("http://192.0.2.1:3000 can't be listened on: ", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_told_by_its_line()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "appsettings.json"), "{\n  nonsense\n}");
        var (exit, printed, error) = await Program.Run(_directory, [], "check");
        Assert.Equal((1, ""), (exit, printed));
        Assert.Contains("LineNumber: 1", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_system_that_refuses_is_no_stack_trace()
    {
        var (exit, printed, error) = await Program.Run(_directory, new() { ["TMPDIR"] = Path.Combine(_directory, "absent") }, "demo");
        Assert.Equal((1, ""), (exit, printed));
        Assert.Single(error.Split('\n'));
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_with_the_name_of_the_first()
    {
        await using var first = await TestServer.Start();
        var (exit, _, error) = await Program.Run(_directory, [], "serve", "--urls", "http://127.0.0.1:0", "--data", first.Data);
        Assert.Equal(1, exit);
        Assert.Contains($"in use by process {Environment.ProcessId}", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
    }
}
