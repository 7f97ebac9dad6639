using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Troupe.Tests;

/// <summary>The commands of docs/start.md, as they stand there, in one shell against a real server.</summary>
public sealed partial class StartPageTests
{
    [Fact]
    public async Task Every_command_of_the_page_works()
    {
        await using var server = await TestServer.Start();
        var root = Root();
        var script = new StringBuilder("set -euo pipefail\n");
        foreach (Match block in Block().Matches(await File.ReadAllTextAsync(Path.Combine(root, "docs", "start.md"))))
        {
            script.Append(block.Groups["commands"].Value);
        }

        var text = script.ToString();
        Assert.Contains("$HERE/api/v1/public/trigger", text, StringComparison.Ordinal);
        text = text.Replace("src/Silo/bin/Release/net10.0/troupe.dll \"$@\"", $"{AppContext.BaseDirectory}troupe.dll \"$@\" --url {server.Address}",
            StringComparison.Ordinal)
            .Replace("http://localhost:3000", server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
        var (exit, output) = await Run(text, root);

        Assert.True(exit == 0, output);
        Assert.Contains("\"inserted\":9358", output, StringComparison.Ordinal);
        Assert.Contains("{\"ok\":true,\"inserted\":1}", output, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"completed\"", output, StringComparison.Ordinal);
        Assert.Contains("\"completed\":9359", output, StringComparison.Ordinal);
        Assert.Contains("goes to the German desk", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\":{", output, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output)> Run(string script, string folder)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["TROUPE_ADMIN_TOKEN"] = TestServer.AdminToken },
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, errors) = (shell.StandardOutput.ReadToEndAsync(patience.Token), shell.StandardError.ReadToEndAsync(patience.Token));
        await shell.WaitForExitAsync(patience.Token);
        return (shell.ExitCode, await output + await errors);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Actors.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex(@"^```sh\n(?<commands>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();
}
