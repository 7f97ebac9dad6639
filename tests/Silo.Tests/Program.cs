using System.Diagnostics;
using System.Text;

namespace Troupe.Silo;

/// <summary>Runs the built program as a process of its own, in a directory and an environment of its own.</summary>
internal static class Program
{
    public static Process Start(string directory, Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "troupe.dll"), .. args])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TROUPE", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end, half a minute at most.</summary>
    public static async Task<(int Exit, string Out, string Error)> Run(string directory, Dictionary<string, string> environment, params string[] args)
    {
        using var process = Start(directory, environment, args);
        var printed = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, (await printed).Trim(), (await error).Trim());
    }

    /// <summary>The first indented JSON object a process prints.</summary>
    public static async Task<string> ReadObject(Process process)
    {
        var text = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line)
        {
            text.AppendLine(line);
            if (line == "}")
            {
                return text.ToString();
            }
        }

        throw new InvalidOperationException($"No object in: {text}{await process.StandardError.ReadToEndAsync()}");
    }
}
