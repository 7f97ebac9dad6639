namespace Troupe.Runtime;

/// <summary>Calls and answers as frames. A payload is JSON with byte payloads beside it: their count and lengths stand in the head, the bytes follow
/// the JSON in order. What stands after the last member of a head is skipped, so that a later version may add some.</summary>
internal static class Messages
{
    private const byte OneWay = 1;

    /// <summary>Longest message of a fault, in characters.</summary>
    private const int FaultLength = 4_000;

    /// <summary>Bytes of a payload with what says where the raw ones begin.</summary>
    internal static long Size(ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> raw)
    {
        long size = json.Length;
        for (var i = 0; i < raw.Count; i++)
        {
            size += sizeof(int) + raw[i].Length;
        }

        return size;
    }

    internal static void Write(Outbox outbox, long id, RemoteCall call, TimeSpan left)
    {
        var head = FrameWriter.Begin(FrameType.Call).Long(id).Byte(call.OneWay ? OneWay : (byte)0)
            .Int((int)Math.Clamp(left.TotalMilliseconds, 0, int.MaxValue))
            .Text(call.Grain.Type).Text(call.Grain.Key).Text(call.Interface).Text(call.Method);
        Append(outbox, head, call.Arguments, call.Raw);
    }

    internal static void Write(Outbox outbox, long id, RemoteAnswer answer)
    {
        if (answer.Fault is { } fault)
        {
            var message = fault.Message.Length > FaultLength ? fault.Message[..FaultLength] : fault.Message;
            outbox.Append(FrameWriter.Begin(FrameType.Fault).Long(id).Text(fault.Type).Text(message).End());
            return;
        }

        Append(outbox, FrameWriter.Begin(FrameType.Answer).Long(id), answer.Result, answer.Raw);
    }

    internal static (long Id, RemoteCall Call) ReadCall(ReadOnlyMemory<byte> frame, NameTable names)
    {
        var body = new FrameBody(frame.Span);
        var id = body.Long();
        var flags = body.Byte();
        var left = TimeSpan.FromMilliseconds(body.Int());
        var grain = new GrainId(names.Get(body.Utf8()), body.Text());
        var (grainInterface, method) = (names.Get(body.Utf8()), names.Get(body.Utf8()));
        var (json, raw) = Payload(frame, ref body);
        return (id, new(grain, grainInterface, method, json, left, (flags & OneWay) != 0) { Raw = raw });
    }

    internal static (long Id, RemoteAnswer Answer) ReadAnswer(ReadOnlyMemory<byte> frame)
    {
        var body = new FrameBody(frame.Span);
        var id = body.Long();
        var (json, raw) = Payload(frame, ref body);
        return (id, new(json.ToArray()) { Raw = raw });
    }

    internal static (long Id, RemoteAnswer Answer) ReadFault(ReadOnlyMemory<byte> frame)
    {
        var body = new FrameBody(frame.Span);
        return (body.Long(), new(default, new(body.Text(), body.Text())));
    }

    private static void Append(Outbox outbox, FrameWriter head, ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> raw)
    {
        var following = json.Length;
        head.Int(json.Length).Int(raw.Count);
        for (var i = 0; i < raw.Count; i++)
        {
            head.Int(raw[i].Length);
            following += raw[i].Length;
        }

        outbox.Append(head.End(following), json, raw);
    }

    // Raw payloads get memory of their own, because grains and callers keep them; one array for all of a message.
    private static (ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte>[] Raw) Payload(ReadOnlyMemory<byte> frame, ref FrameBody body)
    {
        var (length, count) = (body.Int(), body.Int());
        if (count < 0 || count > body.Left / sizeof(int))
        {
            throw new WireException($"A frame of {frame.Length} bytes claims {count} payloads.");
        }

        var lengths = body;
        body.Bytes(count * sizeof(int));
        var start = body.Position;
        body.Bytes(length);
        var json = frame.Slice(start, length);
        if (count == 0)
        {
            return (json, []);
        }

        var own = body.Bytes(body.Left).ToArray().AsMemory();
        var raw = new ReadOnlyMemory<byte>[count];
        for (int i = 0, at = 0; i < count; at += raw[i].Length, i++)
        {
            var size = lengths.Int();
            raw[i] = size >= 0 && size <= own.Length - at ? own.Slice(at, size) : throw new WireException("A frame is shorter than its payloads.");
        }

        return (json, raw);
    }
}
