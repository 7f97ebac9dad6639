using System.Net.Sockets;
using Troupe.Runtime;
using Troupe.Silo.Options;

namespace Troupe.Silo.Cluster.Wire;

/// <summary>Connects to the cluster port of another node, with TLS or (null) without.</summary>
public sealed class SocketDialer(ClusterTls? tls) : IDialer
{
    /// <inheritdoc/>
    public async ValueTask<ILine> Dial(NodeName node, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(node.Host, node.Port, cancel);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            return new SocketLine(tls is null ? stream : await tls.AsClient(stream, node.Host, cancel), node.Address);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
