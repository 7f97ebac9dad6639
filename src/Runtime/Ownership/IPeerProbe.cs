using System.Net.Sockets;

namespace Troupe.Runtime;

/// <summary>Asks a machine whether a program listens.</summary>
public interface IPeerProbe
{
    /// <summary>True when the machine at <c>host:port</c> answered, and said that nobody listens there. A machine that says nothing proves nothing.</summary>
    ValueTask<bool> Refuses(string address, CancellationToken cancel);
}

/// <summary>Tries to connect.</summary>
public sealed class SocketProbe : IPeerProbe
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public async ValueTask<bool> Refuses(string address, CancellationToken cancel)
    {
        var colon = address.LastIndexOf(':');
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(address[..colon].Trim('[', ']'), int.Parse(address[(colon + 1)..], null), limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException fault)
        {
            return fault.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }
}
