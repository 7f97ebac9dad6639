using System.IO.Pipelines;

namespace Troupe.Runtime;

/// <summary>An open connection to another process: bytes in, bytes out.</summary>
public interface ILine : IDuplexPipe
{
    /// <summary>The other side's address, for the log.</summary>
    string Peer { get; }

    /// <summary>Closes it at once: reads and writes that wait end, whatever they end with. Closing twice does nothing.</summary>
    void Close();
}

/// <summary>Opens connections.</summary>
public interface IDialer
{
    /// <summary>Connects to a node. Throws <see cref="System.Net.Sockets.SocketException"/> when nothing can be reached there, and anything else when what was
    /// reached is not to be talked to, e.g. a certificate of a foreign authority.</summary>
    ValueTask<ILine> Dial(NodeName node, CancellationToken cancel);
}
