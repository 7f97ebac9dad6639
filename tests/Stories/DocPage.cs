using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Troupe.Tests;

/// <summary>A page of the documents whose <c>sh</c> blocks are run as they stand there, in one shell against a real server.</summary>
public sealed partial class DocPage
{
    private readonly List<(string Commands, string? Answer)> _blocks;

    public DocPage(string path)
    {
        Text = File.ReadAllText(Path.Combine(Repository.Root, path));
        _blocks = [.. Block().Matches(Text).Select(m => (m.Groups["commands"].Value, m.Groups["answer"].Success ? m.Groups["answer"].Value : null))];
    }

    /// <summary>The page.</summary>
    public string Text { get; }

    /// <summary>Every command, in order.</summary>
    public string Commands => string.Concat(_blocks.Select(b => b.Commands));

    /// <summary>Runs every block; gives what each printed, with the JSON that the page shows below it.</summary>
    public async Task<IReadOnlyList<(string Printed, string? Shown)>> Run(TestServer server)
    {
        var script = new StringBuilder("set -euo pipefail\n");
        foreach (var (commands, _) in _blocks)
        {
            script.Append("echo '@@@@'\n").Append(commands);
        }

        // The commands name an installed program and the usual address; the test has others.
        var text = script.ToString()
            .Replace("src/Silo/bin/Release/net10.0/troupe.dll \"$@\"", $"{AppContext.BaseDirectory}troupe.dll \"$@\" --url {server.Address}",
                StringComparison.Ordinal)
            .Replace("http://localhost:3000", server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
        var (exit, output) = await Shell(text);
        Assert.True(exit == 0, output);
        return [.. output.Split("@@@@\n").Skip(1).Zip(_blocks, (printed, block) => (printed, block.Answer))];
    }

    private static async Task<(int Exit, string Output)> Shell(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
            Environment = { ["TROUPE_ADMIN_TOKEN"] = TestServer.AdminToken },
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, errors) = (shell.StandardOutput.ReadToEndAsync(patience.Token), shell.StandardError.ReadToEndAsync(patience.Token));
        await shell.WaitForExitAsync(patience.Token);
        return (shell.ExitCode, await output + await errors);
    }

    [GeneratedRegex(
        @"^```sh\n(?<commands>.*?)^```\n(\n```json\n(?<answer>.*?)^```)?",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();
}
