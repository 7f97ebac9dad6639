using System.Diagnostics;

namespace Troupe.Tests;

/// <summary>The system's PostgreSQL programs, run as a user that may run them: the server refuses to be root.</summary>
internal static class PostgresPrograms
{
    private static readonly Lazy<string> s_folder = new(Find);

    /// <summary>The user the server runs as; null when this process is not root and is that user itself.</summary>
    public static string? User { get; } = Environment.UserName != "root" ? null : Knows("postgres") ? "postgres" : "nobody";

    /// <summary>Full path of a program. Throws with what to install when there is none.</summary>
    public static string Path(string program) => System.IO.Path.Combine(s_folder.Value, program);

    /// <summary>Runs a program to its end, bounded, and gives what it printed. Throws with that when it fails.</summary>
    /// <param name="directory">Working directory; the user must be able to enter it.</param>
    /// <param name="program">Name of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Task<string> Run(string directory, string program, params string[] arguments) =>
        RunAny(directory, [.. AsUser, Path(program), .. arguments]);

    /// <summary>What a command line begins with to run as that user.</summary>
    public static string[] AsUser { get; } =
        User is null ? [] : ["setpriv", $"--reuid={User}", $"--regid={(User == "nobody" ? "nogroup" : User)}", "--clear-groups"];

    /// <summary>Runs any command line to its end.</summary>
    public static async Task<string> RunAny(string directory, params string[] line)
    {
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        var printed = await output + await error;
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{line[0]} ended with {process.ExitCode}: {printed}");
    }

    private static bool Knows(string user) => File.ReadLines("/etc/passwd").Any(line => line.StartsWith($"{user}:", StringComparison.Ordinal));

    private static string Find()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string[] packaged = [.. Glob("/usr/lib/postgresql", "*/bin"), .. Glob("/usr", "pgsql-*/bin")];
        return packaged.Concat(path).FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException(
                "PostgreSQL's programs (initdb, pg_ctl, postgres) are missing. Install the package postgresql, 14 or later; it need not run. "
                + "As root, .ci/postgres does so.");
    }

    /// <summary>Folders of installed versions, the newest first.</summary>
    private static IEnumerable<string> Glob(string under, string pattern) =>
        !Directory.Exists(under) ? [] : Directory.EnumerateDirectories(under, pattern.Split('/')[0])
            .OrderByDescending(folder => int.TryParse(folder.Split('/', '-')[^1], out var version) ? version : 0)
            .Select(folder => System.IO.Path.Combine(folder, "bin"));
}
