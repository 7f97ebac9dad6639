using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Meshes in one process, connected by pipes instead of sockets.</summary>
public sealed class PipeNet : IDialer
{
    public const string Secret = "a secret of thirty-two characters";

    private readonly ConcurrentDictionary<string, Action<ILine>> _listening = new();
    private readonly List<Mesh> _meshes = [];

    public FakeClock Clock { get; } = new();

    public LogLines Log { get; } = new();

    /// <summary>Connections tried so far.</summary>
    public int Dials { get; private set; }

    /// <summary>A node that listens.</summary>
    public Mesh Node(
        string name,
        Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>>? receive = null,
        WireOptions? options = null,
        string secret = Secret)
    {
        var mesh = new Mesh(this, new(secret), options ?? new(), Clock, Log);
        mesh.Open(NodeName.Parse(name), receive ?? ((call, _) => new(new RemoteAnswer(call.Arguments.ToArray()) { Raw = call.Raw })));
        _listening[NodeName.Parse(name).Address] = line => _ = mesh.Serve(line.Peer, _ => new(line));
        _meshes.Add(mesh);
        return mesh;
    }

    /// <summary>Lets the test itself play the node at an address.</summary>
    public Task<Bare> Play(string address)
    {
        var came = new TaskCompletionSource<Bare>(TaskCreationOptions.RunContinuationsAsynchronously);
        _listening[address] = line => came.TrySetResult(new(line));
        return came.Task;
    }

    public void Silence(string address) => _listening.TryRemove(address, out _);

    /// <summary>A connection to a node, opened by the test itself.</summary>
    public Bare Knock(string address)
    {
        var (near, far) = PipeLine.Pair();
        _listening[address](far);
        return new(near);
    }

    public async ValueTask<ILine> Dial(NodeName node, CancellationToken cancel)
    {
        Dials++;
        await Task.Yield();
        if (!_listening.TryGetValue(node.Address, out var accept))
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        var (near, far) = PipeLine.Pair();
        accept(far);
        return near;
    }

    /// <summary>Closes every node.</summary>
    public async Task Close()
    {
        foreach (var mesh in _meshes)
        {
            var closing = mesh.Close();
            while (!closing.IsCompleted)
            {
                Clock.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
        }
    }
}

/// <summary>One end of a connection in memory. As with a socket, it may be closed while others read and write.</summary>
public sealed class PipeLine(Channel<byte[]> input, Channel<byte[]> output, string peer) : ILine
{
    public string Peer => peer;

    public PipeReader Input { get; } = PipeReader.Create(new Flow(input, output));

    public PipeWriter Output { get; } = PipeWriter.Create(new Flow(input, output));

    public static (PipeLine Near, PipeLine Far) Pair()
    {
        var (there, back) = (Channel.CreateBounded<byte[]>(1), Channel.CreateBounded<byte[]>(1));
        return (new(back, there, "far"), new(there, back, "near"));
    }

    // What has been written can still be read at the other end; then it sees the end.
    public void Close()
    {
        output.Writer.TryComplete();
        input.Writer.TryComplete(new IOException("closed here"));
    }

    private sealed class Flow(Channel<byte[]> input, Channel<byte[]> output) : Stream
    {
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty && (!await input.Reader.WaitToReadAsync(cancellationToken) || !input.Reader.TryRead(out var next) || (_rest = next).IsEmpty))
            {
                return 0;
            }

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await output.Writer.WriteAsync(buffer.ToArray(), cancellationToken);
            }
            catch (ChannelClosedException e)
            {
                throw new IOException("The other end is closed.", e);
            }
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Collects log lines.</summary>
public sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string[] All => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
