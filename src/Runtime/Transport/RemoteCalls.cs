namespace Troupe.Runtime;

/// <summary>Calls between nodes: what goes out as <see cref="RemoteCall"/> and what comes in.</summary>
internal static class RemoteCalls
{
    private static readonly TimeSpan s_backoff = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_backoffMax = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends a call to whoever owns its grain and ends it with the answer. One that was refused has not run: it is sent again, to whoever owns the
    /// grain by then. Leaves the caller's turn only after the transport has the call, so that order is kept.</summary>
    internal static async Task Send<T>(Call<T> call, GrainId grain, GrainNode from)
    {
        try
        {
            var left = from.Pulse.Until(call.Deadline);
            var began = from.Clock.GetTimestamp();
            using var limit = new CancellationTokenSource(left, from.Clock);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, call.Token);
            try
            {
                for (var refusals = 0; ; refusals++)
                {
                    try
                    {
                        await SendOnce(call, grain, from, cancel.Token).ConfigureAwait(false);
                        return;
                    }
                    catch (CallRefusedException) when (!from.IsStopping && from.Clock.GetElapsedTime(began) < from.Options.RefusalPatience)
                    {
                        await from.Ownership.Refresh(cancel.Token).ConfigureAwait(false);
                        var wait = s_backoff * Math.Pow(2, Math.Min(refusals, 10));
                        await Task.Delay(wait < s_backoffMax ? wait : s_backoffMax, from.Clock, cancel.Token).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                call.Expire(grain);
            }
        }
        catch (Exception fault)
        {
            call.Fail(fault);
        }
    }

    private static async Task SendOnce<T>(Call<T> call, GrainId grain, GrainNode from, CancellationToken cancel)
    {
        var owner = from.Ownership.Owner(Partition.Of(grain));
        if (owner.IsLocal)
        {
            from.FindType(grain.Type)!.Route(grain.Key, call); // it has come home meanwhile
            return;
        }

        if (owner.Node.Length == 0 || owner.Gone.IsCancellationRequested)
        {
            throw new CallRefusedException($"{grain} was not called: no node owns its partition at the moment.");
        }

        var method = call.Method;
        var (arguments, raw) = from.Codec.Write(method, call.Arguments);
        var left = from.Pulse.Until(call.Deadline);
        var message = new RemoteCall(grain, method.Interface.FullName!, method.Name, arguments, left, method.OneWay) { Raw = raw };
        var answer = await Ask(owner, message, from, cancel).ConfigureAwait(false);
        if (answer.Fault is { } thrown)
        {
            throw Thrown(thrown, from.Options.Faults);
        }

        call.Succeed(typeof(T) == typeof(Nothing) ? default! : from.Codec.Read<T>(answer));
    }

    private static async Task<RemoteAnswer> Ask(PartitionOwner owner, RemoteCall message, GrainNode from, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, owner.Gone);
        try
        {
            return await from.Transport.Send(owner.Node, message, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (owner.Gone.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new SiloUnavailableException($"{owner.Node} is gone, and the answer of {message.Grain} with it: whether the call ran is not known.");
        }
        catch (SiloUnavailableException)
        {
            from.Ownership.Suspect(owner.Node);
            throw;
        }
    }

    /// <summary>Runs a call from another node and gives its answer.</summary>
    internal static async Task<RemoteAnswer> Receive<T>(GrainMethod<T> method, GrainType type, RemoteCall message, CancellationToken cancel)
    {
        var codec = type.Node.Codec;
        try
        {
            var call = method.Make(type, codec.Read(method, message, cancel));
            call.Deadline = type.Node.Pulse.In(message.TimeLeft);
            type.Route(message.Grain.Key, call);
            if (call.Answer is null)
            {
                return new(default);
            }

            var result = await call.Answer.ConfigureAwait(false);
            return typeof(T) == typeof(Nothing) ? new(default) : codec.Write(result);
        }
        catch (Exception fault)
        {
            return Fault(fault);
        }
    }

    /// <summary>An exception as it crosses.</summary>
    internal static RemoteAnswer Fault(Exception fault) => new(default, new(fault.GetType().FullName!, fault.Message));

    // Exceptions of the runtime keep their type; those of grains can't, unless the host says how they are read back.
    private static Exception Thrown(RemoteFault fault, IReadOnlyDictionary<string, Func<string, Exception>> known) => fault.Type switch
    {
        _ when fault.Type == typeof(TimeoutException).FullName => new TimeoutException(fault.Message),
        _ when fault.Type == typeof(LimitExceededException).FullName => new LimitExceededException(fault.Message),
        _ when fault.Type == typeof(CallRefusedException).FullName => new CallRefusedException(fault.Message),
        _ when fault.Type == typeof(SiloUnavailableException).FullName => new SiloUnavailableException(fault.Message),
        _ when fault.Type == typeof(OperationCanceledException).FullName || fault.Type == typeof(TaskCanceledException).FullName =>
            new OperationCanceledException(fault.Message),
        _ when known.TryGetValue(fault.Type, out var make) => make(fault.Message),
        _ => new RemoteGrainException(fault.Type, fault.Message),
    };
}
