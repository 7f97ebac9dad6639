using System.Collections.Concurrent;

namespace Troupe.Runtime;

/// <summary>A connection by which another node calls this one. Calls are taken in as they are read, so they keep their order; answers go out as
/// they come.</summary>
internal sealed class ServeLink(Mesh mesh, string peer)
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _running = new();
    private readonly NameTable _names = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outbox _outbox = null!;
    private ILine? _line;
    private long _heardAt;
    private volatile bool _open, _heard;

    /// <summary>The name of the node that calls; null before it has shown who it is.</summary>
    internal string? From { get; private set; }

    /// <summary>Ends with the connection.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Serves until the other side closes, or breaks the protocol, or is silent.</summary>
    internal async Task Run(Func<CancellationToken, ValueTask<ILine>> open, Action welcomed)
    {
        try
        {
            using var reader = await Welcome(open);
            welcomed();
            reader.Limit = mesh.Options.FrameBytes;
            while (true)
            {
                await _outbox.Room(mesh.Options.InFlightBytes); // an other side that does not take its answers brings no further calls
                var frame = await reader.Next(_end.Token);
                _heard = true;
                Take(frame);
            }
        }
        catch (Exception fault)
        {
            End(fault);
        }
        finally
        {
            Close();
            _ended.TrySetResult();
        }
    }

    /// <summary>A beat of the mesh.</summary>
    internal void Beat(long now, bool forgive)
    {
        if (!_open)
        {
            return;
        }

        if (_heard || forgive)
        {
            _heard = false;
            _heardAt = now;
        }
        else if (mesh.Clock.GetElapsedTime(_heardAt, now) > mesh.Options.ServedSilence)
        {
            Close();
        }
    }

    /// <summary>Tells the other side that this node leaves; it closes once it has its answers.</summary>
    internal void Leave()
    {
        if (_open)
        {
            _outbox.Append(FrameWriter.Begin(FrameType.Goodbye).End());
        }
        else
        {
            Close();
        }
    }

    /// <summary>Closes. Calls that run are told that nobody waits.</summary>
    internal void Close()
    {
        _end.Cancel();
        _outbox?.Close();
        _line?.Close();
        foreach (var (_, call) in _running)
        {
            _ = call.CancelAsync();
        }
    }

    private async Task<FrameReader> Welcome(Func<CancellationToken, ValueTask<ILine>> open)
    {
        using var limit = mesh.Limit(mesh.Options.HelloTimeout, _end.Token);
        _line = await open(limit.Token);
        var reader = new FrameReader(_line.Input, mesh.Options.HelloBytes);
        From = await Hello.Accept(reader, _line.Output, mesh.Self, mesh.Secret, limit.Token);
        _outbox = new(_ => Close());
        _outbox.Open(_line.Output);
        _heardAt = mesh.Clock.GetTimestamp();
        _open = true;
        return reader;
    }

    private void Take(Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Call:
                var (id, call) = Messages.ReadCall(frame.Body, _names);
                Receive(id, call);
                break;
            case FrameType.Cancel:
                if (_running.TryGetValue(new FrameBody(frame.Body.Span).Long(), out var running))
                {
                    _ = running.CancelAsync(); // what hangs on the token must not run here
                }

                break;
            case FrameType.Ping:
                _outbox.Append(FrameWriter.Begin(FrameType.Pong).End());
                break;
        }
    }

    // The arguments lie in the reader's memory: the node reads them before it gives back a task.
    private void Receive(long id, RemoteCall call)
    {
        var cancel = _running[id] = new();
        var answer = mesh.Receive(call, cancel.Token);
        if (answer.IsCompletedSuccessfully)
        {
            Answer(id, answer.Result);
        }
        else
        {
            _ = Answer(id, answer);
        }
    }

    private async Task Answer(long id, ValueTask<RemoteAnswer> answer)
    {
        try
        {
            Answer(id, await answer.ConfigureAwait(false));
        }
        catch (Exception fault)
        {
            Answer(id, RemoteCalls.Fault(fault));
        }
    }

    private void Answer(long id, RemoteAnswer answer)
    {
        _running.TryRemove(id, out _);
        var size = Messages.Size(answer.Result, answer.Raw);
        Messages.Write(_outbox, id, size <= mesh.Options.PayloadBytes ? answer : RemoteCalls.Fault(
            new LimitExceededException($"The answer has {size} bytes; {mesh.Options.PayloadBytes} fit into a message.")));
    }

    private void End(Exception fault)
    {
        if (_end.IsCancellationRequested)
        {
            return; // it was closed here, and this is what followed
        }

        switch (fault)
        {
            case HelloException:
                mesh.Log.PeerRefused(peer, fault.Message);
                break;
            case WireException:
                mesh.Log.PeerDropped(From ?? peer, fault.Message);
                break;
            case OperationCanceledException when From is null:
                mesh.Log.PeerDropped(peer, $"it did not show who it is within {mesh.Options.HelloTimeout.TotalSeconds} s");
                break;
            case EndOfStreamException or OperationCanceledException or IOException:
                break; // the other side sees to what this means
            default:
                mesh.Log.PeerDropped(From ?? peer, fault.Message);
                break;
        }
    }
}
