using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Silo.Cluster.Wire;

/// <summary>The port at which other nodes reach this one. Bound when it is made, so that the node's name is known from the start, with port 0 too;
/// connections are taken from <see cref="StartAsync"/> on.</summary>
public sealed partial class ClusterPort : IHostedService, IClusterAddress, IDisposable
{
    private const int Backlog = 512;
    private const int IncarnationBytes = 6;

    private readonly Socket _socket;
    private readonly Mesh _mesh;
    private readonly ClusterTls? _tls;
    private readonly Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>> _receive;
    private readonly ILogger<ClusterPort> _log;
    private readonly CancellationTokenSource _end = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>Binds the port. Throws <see cref="AddressUnusableException"/> when that can't be.</summary>
    /// <param name="url">Where the others reach this node.</param>
    /// <param name="listen">Where it listens, mostly the same.</param>
    /// <param name="mesh">Serves the connections that come in.</param>
    /// <param name="tls">TLS; null for none.</param>
    /// <param name="receive">Runs the calls that come in.</param>
    /// <param name="log">For what goes wrong with the port itself.</param>
    public ClusterPort(
        Uri url, Uri listen, Mesh mesh, ClusterTls? tls, Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>> receive,
        ILogger<ClusterPort> log)
    {
        (_mesh, _tls, _receive, _log) = (mesh, tls, receive, log);
        var at = EndPoint(listen);
        _socket = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (at.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.Bind(at);
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            var setting = listen == url ? nameof(Settings.ClusterUrl) : nameof(Settings.ClusterListen);
            throw new AddressUnusableException($"{setting}: {listen} can't be listened on: {e.Message}.", e);
        }

        var port = listen == url ? ((IPEndPoint)_socket.LocalEndPoint!).Port : url.Port;
        Self = new(url.DnsSafeHost, port, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IncarnationBytes)));
    }

    /// <summary>This node's name: the host of <c>ClusterUrl</c>, the port that was bound, and an incarnation of this process.</summary>
    public NodeName Self { get; }

    string IClusterAddress.Node => Self.ToString();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _mesh.Open(Self, _receive);
        _accepting = Accept();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await _mesh.Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _end.Dispose();
    }

    // An address is bound as it is; a name may stand for several, and in a container for one that changes.
    private static IPEndPoint EndPoint(Uri url) =>
        IPAddress.TryParse(url.DnsSafeHost, out var address) ? new(address, url.Port)
        : url.DnsSafeHost == "localhost" ? new(IPAddress.Loopback, url.Port)
        : new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, url.Port);

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = Serve(await _socket.AcceptAsync(_end.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                LogAccept(_log, e.Message); // out of descriptors, say: what is there goes on, and the next may have room
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    private async Task Serve(Socket socket)
    {
        using (socket)
        {
            await _mesh.Serve(Peer(socket), async cancel =>
            {
                var stream = new NetworkStream(socket, ownsSocket: true);
                return new SocketLine(_tls is null ? stream : await _tls.AsServer(stream, cancel), Peer(socket));
            });
        }
    }

    private static string Peer(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint?.ToString() ?? "nobody any more";
        }
        catch (SocketException)
        {
            return "nobody any more";
        }
    }

    [LoggerMessage(50, LogLevel.Error, "The cluster port can't take a connection: {Why}.")]
    private static partial void LogAccept(ILogger log, string why);
}
