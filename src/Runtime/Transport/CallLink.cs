using System.Net.Sockets;

namespace Troupe.Runtime;

/// <summary>The connection by which this node calls another: opened by it, used in this direction only. Calls may be sent from its making on; they go out in
/// order once the other side has let it in. It ends for good with its first fault; <see cref="Peer"/> makes the next one.</summary>
internal sealed class CallLink(Mesh mesh, NodeName node, Action<CallLink, UnreachableReason?> ended)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, OutgoingCall> _calls = []; // sent or waiting for room
    private readonly Queue<OutgoingCall> _waiting = [];
    private readonly CancellationTokenSource _end = new();
    private Outbox _outbox = null!;
    private ILine? _line;
    private string? _closed; // why
    private long _lastId, _inFlight, _heardAt;
    private volatile bool _open, _heard, _leaving;

    /// <summary>True while calls may be sent.</summary>
    internal bool IsUsable => _closed is null && !_leaving;

    /// <summary>True once the other side has let it in.</summary>
    internal bool WasOpen => _open;

    /// <summary>Connects and then reads answers until the end.</summary>
    internal void Start()
    {
        _outbox = new(fault => Close(UnreachableReason.Lost, fault.Message));
        _ = Task.Run(Run);
    }

    /// <summary>Sends a call as soon as there is room.</summary>
    internal Task<RemoteAnswer> Send(RemoteCall call, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var size = Messages.Size(call.Arguments, call.Raw);
        if (size > mesh.Options.PayloadBytes)
        {
            throw new LimitExceededException(
                $"The arguments of {call.Method} of {call.Grain} have {size} bytes; {mesh.Options.PayloadBytes} fit into a message.");
        }

        var outgoing = new OutgoingCall(this, call, size) { MadeAt = mesh.Clock.GetTimestamp() };
        lock (_gate)
        {
            if (!IsUsable)
            {
                throw Refused(_closed ?? "it is leaving");
            }

            if (_waiting.Count >= mesh.Options.WaitingCalls)
            {
                throw new LimitExceededException($"{_waiting.Count} calls wait for the connection to {node}. Try again later.");
            }

            outgoing.Id = ++_lastId;
            if (_waiting.Count == 0 && HasRoom(outgoing))
            {
                Write(outgoing);
            }
            else
            {
                _waiting.Enqueue(outgoing);
            }

            _calls.Add(outgoing.Id, outgoing);
        }

        outgoing.EndOn(cancel);
        return outgoing.Task;
    }

    /// <summary>The caller waits no more: the other side is told if it has the call.</summary>
    internal void Cancel(OutgoingCall call, CancellationToken token)
    {
        lock (_gate)
        {
            if (!_calls.Remove(call.Id))
            {
                return;
            }

            if (call.Position >= 0)
            {
                _outbox.Append(FrameWriter.Begin(FrameType.Cancel).Long(call.Id).End());
                Release(call);
            }
        }

        call.TrySetCanceled(token);
        Rest();
    }

    /// <summary>A beat of the mesh: pings, and looks whether anything was heard.</summary>
    internal void Beat(long now, bool forgive)
    {
        if (!_open)
        {
            return; // the hello has a limit of its own
        }

        if (_heard || forgive)
        {
            _heard = false;
            _heardAt = now;
        }
        else if (mesh.Clock.GetElapsedTime(_heardAt, now) > mesh.Options.Silence)
        {
            Close(UnreachableReason.Silent, $"nothing was heard for {mesh.Options.Silence.TotalSeconds} s");
            return;
        }

        _outbox.Append(FrameWriter.Begin(FrameType.Ping).End());
    }

    /// <summary>Ends it; every call ends. Closing twice does nothing.</summary>
    internal void Close(UnreachableReason? reason, string why)
    {
        List<(OutgoingCall Call, bool Left)> calls;
        lock (_gate)
        {
            if (_closed is not null)
            {
                return;
            }

            _closed = why;
            var handed = _outbox.Close();
            calls = [.. _calls.Values.OrderBy(call => call.Id).Select(call => (call, call.Position >= 0 && call.Position < handed))];
            _calls.Clear();
            _waiting.Clear();
        }

        ended(this, reason); // first, so that whoever calls again at once gets the next connection
        _end.Cancel();
        _line?.Close();
        foreach (var (call, left) in calls)
        {
            call.End(left ? Lost(call.Call, why) : Refused(why));
        }
    }

    private async Task Run()
    {
        try
        {
            using var reader = await Connect();
            reader.Limit = mesh.Options.FrameBytes;
            _heardAt = mesh.Clock.GetTimestamp();
            _open = true;
            _outbox.Open(_line!.Output);
            while (true)
            {
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
            _line?.Close();
        }
    }

    private async Task<FrameReader> Connect()
    {
        using (var limit = mesh.Limit(mesh.Options.ConnectTimeout, _end.Token))
        {
            _line = await mesh.Dialer.Dial(node, limit.Token);
        }

        using (var limit = mesh.Limit(mesh.Options.HelloTimeout, _end.Token))
        {
            var reader = new FrameReader(_line.Input, mesh.Options.HelloBytes);
            await Hello.Open(reader, _line.Output, mesh.Self!, node.ToString(), mesh.Secret, limit.Token);
            return reader;
        }
    }

    private void Take(Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Answer:
                Answered(Messages.ReadAnswer(frame.Body));
                break;
            case FrameType.Fault:
                Answered(Messages.ReadFault(frame.Body));
                break;
            case FrameType.Goodbye:
                _leaving = true;
                Rest();
                break;
        }
    }

    private void Answered((long Id, RemoteAnswer Answer) read)
    {
        OutgoingCall? call;
        lock (_gate)
        {
            if (!_calls.Remove(read.Id, out call))
            {
                return; // cancelled meanwhile
            }

            Release(call);
        }

        call.End(read.Answer);
        Rest();
    }

    /// <summary>Closes once the other side has said goodbye and owes no answer.</summary>
    private void Rest()
    {
        if (_leaving)
        {
            lock (_gate)
            {
                if (_calls.Count > 0)
                {
                    return;
                }
            }

            Close(null, "it has left");
        }
    }

    private void End(Exception fault)
    {
        if (_closed is not null)
        {
            return; // it was closed here, and this is what followed
        }

        switch (fault)
        {
            case HelloException { Fault: HelloFault.OtherNode }:
                Close(UnreachableReason.Replaced, fault.Message);
                break;
            case HelloException { Fault: HelloFault.NotReady }:
                Close(null, fault.Message);
                break;
            case SocketException or EndOfStreamException or IOException or OperationCanceledException:
                var why = fault is OperationCanceledException ? "it did not answer in time" : fault.Message;
                Close(_line is null ? UnreachableReason.NoAnswer : UnreachableReason.Lost, why);
                break;
            default:
                mesh.Log.PeerUnusable(node, fault.Message);
                Close(null, fault.Message);
                break;
        }
    }

    // The methods below run under the lock.

    private bool HasRoom(OutgoingCall call) => _inFlight == 0 || _inFlight + call.Size <= mesh.Options.InFlightBytes;

    private void Write(OutgoingCall call)
    {
        call.Position = _outbox.Appended;
        Messages.Write(_outbox, call.Id, call.Call, call.Call.TimeLeft - mesh.Clock.GetElapsedTime(call.MadeAt));
        _inFlight += call.Size;
    }

    private void Release(OutgoingCall call)
    {
        _inFlight -= call.Size;
        while (_waiting.TryPeek(out var next) && (!_calls.ContainsKey(next.Id) || HasRoom(next)))
        {
            _waiting.Dequeue();
            if (_calls.ContainsKey(next.Id))
            {
                Write(next);
            }
        }
    }

    private CallRefusedException Refused(string why) => new($"{node} was not called: {why}.");

    private SiloUnavailableException Lost(RemoteCall call, string why) =>
        new($"The connection to {node} ended before {call.Method} of {call.Grain} was answered: {why}. It may have run.");
}
