using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Troupe.Runtime;
using Troupe.Silo.Cluster.Wire;
using Troupe.Silo.Options;

namespace Troupe.Silo.Wire;

/// <summary>A node with a real cluster port on 127.0.0.1 that gives back what it is sent.</summary>
internal sealed class WireNode : IAsyncDisposable, IDialer, ILogger
{
    public const string Secret = "a secret of thirty-two characters";

    private readonly ConcurrentQueue<string> _log = new();
    private readonly SocketDialer _dialer;
    private readonly ClusterPort _port;

    public WireNode(
        ClusterTls? tls = null,
        string secret = Secret,
        Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>>? receive = null,
        WireOptions? options = null)
    {
        _dialer = new(tls);
        Mesh = new(this, new(secret), options ?? new(), TimeProvider.System, this);
        Mesh.NodeUnreachable += (_, seen) => Unreachable.TrySetResult(seen.Reason);
        receive ??= (call, _) => new(new RemoteAnswer(call.Arguments.ToArray()) { Raw = call.Raw });
        var url = new Uri($"http{(tls is null ? "" : "s")}://127.0.0.1:0");
        _port = new(url, url, Mesh, tls, receive, NullLogger<ClusterPort>.Instance);
        _port.StartAsync(default).GetAwaiter().GetResult();
    }

    public Mesh Mesh { get; }

    public string Name => _port.Self.ToString();

    public IPEndPoint EndPoint => new(IPAddress.Loopback, _port.Self.Port);

    public string[] Log => [.. _log];

    /// <summary>Why another node was first found out of reach.</summary>
    public TaskCompletionSource<UnreachableReason> Unreachable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connections of this node go here instead.</summary>
    public IPEndPoint? Through { get; set; }

    public async Task<RemoteAnswer> Call(WireNode other, byte[]? raw = null)
    {
        var call = new RemoteCall(new("G", "w/1"), "I", "M", "1"u8.ToArray(), TimeSpan.FromSeconds(30), OneWay: false) { Raw = raw is null ? [] : [raw] };
        return await Mesh.Send(other.Name, call, default).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task Stop() => await _port.StopAsync(default);

    public ValueTask<ILine> Dial(NodeName node, CancellationToken cancel) => _dialer.Dial(Through is null ? node : node with { Port = Through.Port }, cancel);

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _port.Dispose();
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _log.Enqueue(formatter(state, exception));
}

/// <summary>Stands between two nodes and passes bytes on, until it is told otherwise.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IPEndPoint _to;
    private readonly long _after;
    private long _passed;

    /// <param name="to">Where bytes go.</param>
    /// <param name="after">Bytes of the calling side after which nothing more is passed on.</param>
    /// <param name="closes">Whether it then closes; otherwise it only falls silent, as a network that drops packets does.</param>
    public CuttingProxy(IPEndPoint to, long after, bool closes)
    {
        (_to, _after, Closes) = (to, after, closes);
        _listener.Start();
        _ = Accept();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Ends when it has cut.</summary>
    public Task Cut => _cut.Task.WaitAsync(TimeSpan.FromSeconds(20));

    private bool Closes { get; }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync();
                var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
                _sockets.Add(near);
                _sockets.Add(far);
                await far.ConnectAsync(_to);
                _ = Pass(near, far, counts: true);
                _ = Pass(far, near, counts: false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task Pass(Socket from, Socket to, bool counts)
    {
        var buffer = new byte[4_096];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                var passed = Interlocked.Add(ref _passed, counts ? read : 0);
                if (_cut.Task.IsCompleted || passed > _after)
                {
                    await to.SendAsync(buffer.AsMemory(0, Math.Min(7, read)));
                    _cut.TrySetResult();
                    if (Closes)
                    {
                        from.Dispose();
                        to.Dispose();
                    }

                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // one side closed
        }
    }
}
