using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Troupe.Bench.Server;

/// <summary>A process of our own on the same runtime: the server, or a baseline. Killed on disposal.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool Ended => _process.HasExited;

    /// <summary>What it has printed so far, its error stream included.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Starts a program of this directory (an assembly's name) with arguments and extra environment.</summary>
    public static ChildProcess Start(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith(Program.SocketSettings, StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name); // the generator's own tuning is nobody else's
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var child = new ChildProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        child._process.OutputDataReceived += (_, e) => child.Keep(e.Data, first: true);
        child._process.ErrorDataReceived += (_, e) => child.Keep(e.Data, first: false);
        child._process.Exited += (_, _) => child._firstLine.TrySetException(new InvalidOperationException($"{assembly} ended early:\n{child.Output}"));
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The first line it prints.</summary>
    public Task<string> FirstLine() => _firstLine.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Waits for its end and gives all it printed. Throws when it failed.</summary>
    public async Task<string> Result()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return _process.ExitCode == 0 ? Output : throw new InvalidOperationException($"Ended with {_process.ExitCode}:\n{Output}");
    }

    /// <summary>Asks it to end and waits, so that files are closed; kills it after ten seconds.</summary>
    public async Task Stop()
    {
        if (!_process.HasExited)
            _ = Signal(_process.Id, 15);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line, bool first)
    {
        if (line is null)
            return;
        lock (_lines)
            _lines.Add(line);
        if (first)
            _firstLine.TrySetResult(line);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}
