using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Troupe.Silo.Commands.Demo;

/// <summary>The real server as a process of its own, so that the demo can kill it for good and start it again on the same data.</summary>
internal sealed class DemoServer(string data, IReadOnlyDictionary<string, string> settings) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Queue<string> _lastLines = [];
    private Process? _process;

    /// <summary>Where it listens: a port that was free; the same after a restart.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort()}");

    /// <summary>The data directory.</summary>
    public string Data => data;

    /// <summary>Id of the running process.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The warnings and errors it logged last, for a failure's report.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lastLines)
            {
                return [.. _lastLines];
            }
        }
    }

    /// <summary>A port of the loopback interface that nobody uses at the moment.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts the process and waits until it answers that it is ready. Gives the time that took.</summary>
    public async Task<TimeSpan> Start(CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        _process = Process.Start(StartInfo())!;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var probe = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        while (!await IsReady(probe, cancel))
        {
            if (_process.HasExited || clock.Elapsed > Patience)
            {
                throw new DemoFailure($"The server did not become ready on {Address} (data in {data}).");
            }

            await Task.Delay(20, cancel);
        }

        return clock.Elapsed;
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Leaves the process to itself.</summary>
    public void Release()
    {
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        Release();
    }

    private static async Task<bool> IsReady(HttpClient probe, CancellationToken cancel)
    {
        try
        {
            using var answer = await probe.GetAsync(new Uri("/health/ready", UriKind.Relative), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return false; // Not listening yet.
        }
    }

    /// <summary>This program again, with <c>serve</c>: either its own executable or <c>dotnet troupe.dll</c>.</summary>
    private ProcessStartInfo StartInfo()
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(typeof(DemoServer).Assembly.Location);
        }

        foreach (var argument in (string[])["serve", "--urls", Address.ToString().TrimEnd('/'), "--data", data])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_lastLines)
        {
            if (line.Data is { } text && !text.Contains(" info: ", StringComparison.Ordinal))
            {
                _lastLines.Enqueue(text);
                if (_lastLines.Count > 30)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }
}
