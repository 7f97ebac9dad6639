using System.Diagnostics;
using System.Text;
using Troupe.Silo.Commands;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>The demo with what people give it: files of their own, and a signal in the middle.</summary>
public sealed class DemoTests
{
    private const int Terminate = ServerProcess.Terminate, HangUp = 1; // signals, as Linux numbers them

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "Line 3: the line has 1 fields, the header has 2.")]
    [InlineData("a, a \n1,2\n3,4\n5,6\n", "Line 1, column 2: The column name 'a' occurs twice.")]
    [InlineData("a,,b\n1,2,3\n", "Line 1, column 2:")]
    [InlineData("a,b\n", "has no rows below its header.")]
    [InlineData("", "has no rows below its header.")]
    [InlineData("a,b\n\"1,2\n", "Line 2, column 1:")]
    public async Task A_file_that_is_no_table_is_told_by_its_line(string csv, string complaint)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, csv);
            var (output, error) = (new StringWriter(), new StringWriter());
            var exit = await CommandLine.Run(["demo", file], new Terminal(output, error));

            Assert.Equal(1, exit);
            Assert.StartsWith($"The demo failed: {file}", error.ToString(), StringComparison.Ordinal);
            Assert.Contains(complaint, error.ToString(), StringComparison.Ordinal);
            Assert.Single(error.ToString().TrimEnd().Split('\n'));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(Terminate)]
    [InlineData(HangUp)]
    public async Task A_signal_ends_its_server_and_its_data_too(int signal)
    {
        var temp = Directory.CreateTempSubdirectory("troupe-signal-").FullName;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var demo = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "troupe.dll"), "demo", "--no-crash"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temp },
        })!;
        var errors = demo.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            var seen = new StringBuilder();
            while (!seen.ToString().Contains("trigger", StringComparison.Ordinal) && await demo.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                seen.AppendLine(line);
            }

            var data = Directory.GetDirectories(temp, "troupe-demo-*").Single();
            ServerProcess.Send(demo.Id, signal);
            await demo.WaitForExitAsync(patience.Token);

            Assert.Equal(1, demo.ExitCode);
            Assert.Equal("The demo was stopped.", (await errors).Trim());
            Assert.False(Directory.Exists(data));
            Assert.DoesNotContain(Process.GetProcessesByName("dotnet"), p => CommandLineOf(p).Contains(data, StringComparison.Ordinal));
        }
        finally
        {
            demo.Kill(entireProcessTree: true);
            Directory.Delete(temp, recursive: true);
        }
    }

    private static string CommandLineOf(Process process)
    {
        var path = $"/proc/{process.Id}/cmdline";
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }
}
