using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Troupe.Runtime;

/// <summary>The connections between this node and the others: one for each direction of a pair, opened by the side that calls at its first call and kept.
/// Knows bytes in and bytes out only; sockets are a matter of the <see cref="IDialer"/> and of whoever listens.</summary>
public sealed class Mesh : ITransport, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Peer> _peers = new();
    private readonly ConcurrentDictionary<CallLink, byte> _calling = new();
    private readonly ConcurrentDictionary<ServeLink, byte> _serving = new();
    private readonly ITimer _timer;
    private Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>>? _receive;
    private long _beatAt;
    private int _strangers;
    private volatile bool _closed;

    /// <summary>Sets up without connecting to anybody.</summary>
    public Mesh(IDialer dialer, SharedSecret secret, WireOptions options, TimeProvider clock, ILogger log)
    {
        (Dialer, Secret, Options, Clock, Log) = (dialer, secret, options, clock, log);
        _beatAt = clock.GetTimestamp();
        _timer = clock.CreateTimer(static mesh => ((Mesh)mesh!).Beat(), this, options.PingPeriod, options.PingPeriod);
    }

    /// <summary>Raised when a node turned out to be out of reach, on a thread of the pool.</summary>
    public event EventHandler<NodeUnreachableEventArgs>? NodeUnreachable;

    /// <summary>This node's own name; null before <see cref="Open"/>.</summary>
    public string? Self { get; private set; }

    internal IDialer Dialer { get; }

    internal SharedSecret Secret { get; }

    internal WireOptions Options { get; }

    internal TimeProvider Clock { get; }

    internal ILogger Log { get; }

    /// <summary>Takes part from now on.</summary>
    /// <param name="self">This node's name (<see cref="NodeName"/>): what the others call it, incarnation included.</param>
    /// <param name="receive">Runs calls that come in: <see cref="GrainNode.Receive"/>. Has read the arguments before it gives back a task.</param>
    public void Open(NodeName self, Func<RemoteCall, CancellationToken, ValueTask<RemoteAnswer>> receive)
    {
        _receive = receive;
        Self = self.ToString();
    }

    /// <inheritdoc/>
    public ValueTask<RemoteAnswer> Send(string node, RemoteCall call, CancellationToken cancel)
    {
        if (_closed || Self is null)
        {
            throw new CallRefusedException($"{node} was not called: this node {(_closed ? "is leaving" : "has not joined")} the cluster.");
        }

        if (!_peers.TryGetValue(node, out var peer))
        {
            peer = NodeName.TryParse(node, out var name)
                ? _peers.GetOrAdd(node, static (_, known) => new(known.Mesh, known.Name), (Mesh: this, Name: name))
                : throw new CallRefusedException($"{node} was not called: that is no name of a node.");
        }

        return new(peer.Link().Send(call, cancel));
    }

    /// <summary>Serves a connection that another process has opened, to its end. Never throws. Whoever does not belong to the cluster is dropped within
    /// <see cref="WireOptions.HelloTimeout"/>, with a line in the log.</summary>
    /// <param name="peer">The other side's address, for the log.</param>
    /// <param name="open">Gives the connection, after TLS if there is any; this counts against the time for the hello.</param>
    public async Task Serve(string peer, Func<CancellationToken, ValueTask<ILine>> open)
    {
        var strangers = Interlocked.Increment(ref _strangers);
        if (_closed || strangers > Options.Strangers)
        {
            Interlocked.Decrement(ref _strangers);
            Log.PeerDropped(peer, _closed ? "this node is leaving" : "too many connections are saying hello");
            return;
        }

        var link = new ServeLink(this, peer);
        _serving.TryAdd(link, 0);
        var isStranger = true;
        try
        {
            await link.Run(open, Welcomed);
        }
        finally
        {
            _serving.TryRemove(link, out _);
            Welcomed();
        }

        void Welcomed()
        {
            if (isStranger)
            {
                isStranger = false;
                Interlocked.Decrement(ref _strangers);
            }
        }
    }

    /// <summary>Leaves: the others are told and get the answers still owed; then every connection is closed. Stop the listening side first.</summary>
    public async Task Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        foreach (var (link, _) in _serving)
        {
            link.Leave();
        }

        try
        {
            await Task.WhenAll(_serving.Select(entry => entry.Key.Ended)).WaitAsync(Options.GoodbyeTimeout, Clock);
        }
        catch (TimeoutException)
        {
            // they were told; calls of theirs that still run end with the connection
        }

        foreach (var (link, _) in _serving)
        {
            link.Close();
        }

        foreach (var (link, _) in _calling)
        {
            link.Close(null, "this node is leaving");
        }

        await _timer.DisposeAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(Close());

    internal CallLink Connect(NodeName node, Action<CallLink, UnreachableReason?> ended)
    {
        var link = new CallLink(this, node, ended);
        _calling.TryAdd(link, 0);
        link.Start();
        return link;
    }

    internal void Ended(CallLink link, NodeName node, UnreachableReason? reason)
    {
        _calling.TryRemove(link, out _);
        if (reason is { } seen && !_closed)
        {
            Log.PeerUnreachable(node, seen);
            ThreadPool.QueueUserWorkItem(_ => NodeUnreachable?.Invoke(this, new(node.ToString(), seen)));
        }
    }

    internal ValueTask<RemoteAnswer> Receive(RemoteCall call, CancellationToken cancel) => _receive!(call, cancel);

    /// <summary>A token that is cancelled after a time, or by another.</summary>
    internal TimeLimit Limit(TimeSpan time, CancellationToken cancel) => new(time, Clock, cancel);

    [SuppressMessage("Design", "MA0147", Justification = "A timer's callback; it catches everything.")]
    private void Beat()
    {
        var now = Clock.GetTimestamp();

        // A beat that comes late was held up by this process itself (stopped, starved): the others had no chance to be heard.
        var forgive = Clock.GetElapsedTime(_beatAt, now) > Options.PingPeriod * 3;
        _beatAt = now;
        foreach (var (link, _) in _calling)
        {
            link.Beat(now, forgive);
        }

        foreach (var (link, _) in _serving)
        {
            link.Beat(now, forgive);
        }

        foreach (var (name, peer) in _peers)
        {
            if (peer.IsForgotten)
            {
                _peers.TryRemove(KeyValuePair.Create(name, peer));
            }
        }
    }
}

/// <summary>A token that is cancelled after a time, or by another token.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _either;

    internal TimeLimit(TimeSpan time, TimeProvider clock, CancellationToken cancel)
    {
        _time = new(time, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, cancel);
    }

    internal CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _time.Dispose();
    }
}
