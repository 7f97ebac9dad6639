using System.Text.Json.Nodes;
using Troupe.Silo.Commands;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>A copy of the embedded database, taken from a server that runs.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-backup-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_a_running_server_has_acknowledged_is_in_the_copy_and_a_server_starts_from_it()
    {
        var file = Path.Combine(_directory, "copy.db");
        string before, after;
        await using (var server = await TestServer.Start())
        {
            before = await server.MakeWorkspace();
            var (exit, printed) = await Run("backup", file, "--data", server.Data);
            Assert.Equal((0, $"{file}: {new FileInfo(file).Length} bytes"), (exit, printed));
            after = await server.MakeWorkspace(); // the server goes on writing
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await using var restored = await TestServer.Start(prepare: data => File.Copy(file, Path.Combine(data, "troupe.db")));
        Assert.Equal(200, (int)(await restored.Admin.Try(HttpMethod.Get, $"/admin/workspaces/{before}")).Status);
        Assert.Equal(404, (int)(await restored.Admin.Try(HttpMethod.Get, $"/admin/workspaces/{after}")).Status);
    }

    [Fact]
    public async Task Nothing_is_replaced_and_nothing_is_left_of_a_copy_that_failed()
    {
        var file = Path.Combine(_directory, "copy.db");
        await File.WriteAllTextAsync(file, "mine");
        await using var server = await TestServer.Start();
        Assert.Contains("is there already", await Refused(file, server.Data), StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));

        Assert.Contains("There is no database", await Refused(Path.Combine(_directory, "x.db"), _directory), StringComparison.Ordinal);
        Assert.Contains("could not be written", await Refused(Path.Combine(_directory, "no", "such", "x.db"), server.Data), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_directory, "troupe.db"), "not a database, but long enough to be looked at as one".PadRight(8_192));
        Assert.Contains("damaged, or is not one", await Refused(Path.Combine(_directory, "x.db"), _directory), StringComparison.Ordinal);
        Assert.Equal(["copy.db", "troupe.db"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order());
    }

    private static async Task<string> Refused(string file, string data)
    {
        var (exit, printed) = await Run("backup", file, "--data", data, "--json");
        Assert.Equal(1, exit);
        return JsonNode.Parse(printed)!["error"]!["message"]!.ToString();
    }

    private static async Task<(int Exit, string Out)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandLine.Run(args, new Terminal(output, error));
        return (exit, (output.ToString() + error).Trim());
    }
}
