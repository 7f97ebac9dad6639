using System.IO.Pipelines;
using Troupe.Runtime;

namespace Troupe.Silo.Cluster.Wire;

/// <summary>A connection between two nodes: a TCP stream, within TLS if the cluster has it.</summary>
internal sealed class SocketLine(Stream stream, string peer) : ILine
{
    private const int ReadBytes = 64 * 1024;

    public string Peer => peer;

    public PipeReader Input { get; } = PipeReader.Create(stream, new(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 4, leaveOpen: true));

    public PipeWriter Output { get; } = PipeWriter.Create(stream, new(leaveOpen: true));

    public void Close() => stream.Dispose();
}
