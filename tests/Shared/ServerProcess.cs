using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Troupe.Tests;

/// <summary>The real server as a process of its own, which a test may stop, freeze, kill and start again on the same data.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The admin token of every server that a test starts.</summary>
    public const string AdminToken = "admin-token-of-a-test";

    /// <summary>The signal that asks a process to end, as Linux numbers them.</summary>
    public const int Terminate = 15;

    private const int Continue = 18, Freeze = 19;
    private const int KeptLines = 5_000, KeptLength = 500;
    private readonly string _program;
    private readonly Queue<string> _output = [];
    private Process? _process;

    /// <summary>A server that does not run yet.</summary>
    /// <param name="environment">Its settings, as environment variables.</param>
    /// <param name="program">The program and its arguments before the address, beside the test's own assembly.</param>
    public ServerProcess(Dictionary<string, string>? environment = null, string program = "troupe.dll")
    {
        Data = Directory.CreateTempSubdirectory("troupe-faults-").FullName;
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        Environment = environment ?? [];
        _program = program;
    }

    /// <summary>Its settings; changes count from the next start on.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Where it listens; the same after a restart unless it was moved.</summary>
    public Uri Address { get; private set; }

    /// <summary>Its data directory; the same after a restart.</summary>
    public string Data { get; }

    /// <summary>The process id of the present process.</summary>
    public int Pid => _process!.Id;

    /// <summary>Whether its process lives, be it frozen.</summary>
    public bool Runs => _process is { HasExited: false };

    /// <summary>What the processes have printed, the last lines of it.</summary>
    public string Output => Tail(KeptLines);

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task Start()
    {
        Launch();
        await Ready(TimeSpan.FromMinutes(1));
    }

    /// <summary>Starts it and does not wait.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, _program), "serve", "--urls", Address.ToString().TrimEnd('/'), "--data", Data },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Data,
            Environment = { ["TROUPE_ADMIN_TOKEN"] = AdminToken },
        };
        foreach (var (key, value) in Environment)
        {
            start.Environment[key] = value;
        }

        _process?.Dispose();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for its end; more than a minute is a fault.</summary>
    public async Task Stop()
    {
        Send(Pid, Terminate);
        try
        {
            await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The server did not end within a minute of SIGTERM:\n{Tail(60)}", e);
        }
    }

    /// <summary>SIGSTOP: it lives, keeps its connections, and does nothing.</summary>
    public void Pause() => Send(Pid, Freeze);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Resume() => Send(Pid, Continue);

    /// <summary>Gives it another address, from the next start on.</summary>
    public void Move() => Address = new Uri($"http://127.0.0.1:{FreePort()}");

    /// <summary>The last lines it has printed.</summary>
    public string Tail(int lines)
    {
        lock (_output)
        {
            return string.Join('\n', _output.TakeLast(lines));
        }
    }

    /// <summary>A client with a bearer token.</summary>
    public HttpClient Client(string bearer, TimeSpan? timeout = null) => new(new SocketsHttpHandler { MaxConnectionsPerServer = 512 })
    {
        BaseAddress = Address,
        Timeout = timeout ?? TimeSpan.FromSeconds(20),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) },
    };

    /// <summary>A new workspace and a key of it.</summary>
    public async Task<string> MakeKey(params string[] scopes)
    {
        using var admin = Client(AdminToken);
        return await admin.MakeKey(scopes);
    }

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            await Kill();
        }

        _process?.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>Waits until it is ready; fails with its last lines when it ends, or when the time is over.</summary>
    public async Task Ready(TimeSpan limit)
    {
        using var probe = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < limit; await Task.Delay(25))
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}:\n{Tail(60)}");
            }

            try
            {
                using var answer = await probe.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
        }

        throw new TimeoutException($"The server was not ready after {limit.TotalSeconds:0} s:\n{Tail(60)}");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);

    /// <summary>Sends a process a signal, by its number.</summary>
    public static void Send(int pid, int signal)
    {
        if (SendSignal(pid, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {pid}.");
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            if (line.Data is not null)
            {
                _output.Enqueue(line.Data.Length > KeptLength ? line.Data[..KeptLength] : line.Data); // a stack trace on one line says it at its beginning
            }

            if (_output.Count > KeptLines)
            {
                _output.Dequeue();
            }
        }
    }
}
