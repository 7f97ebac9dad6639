namespace Troupe.Runtime;

/// <summary>A call that is on its way over a <see cref="CallLink"/>, or waits for room. Its answer is continued where it is read:
/// what awaits it must be short.</summary>
internal sealed class OutgoingCall(CallLink link, RemoteCall call, long size) : TaskCompletionSource<RemoteAnswer>
{
    private CancellationTokenRegistration _registration;

    internal RemoteCall Call => call;

    /// <summary>Bytes of its payload, which count until it ends.</summary>
    internal long Size => size;

    /// <summary>Its number on this connection.</summary>
    internal long Id { get; set; }

    /// <summary>Timestamp of its making.</summary>
    internal long MadeAt { get; init; }

    /// <summary>Position of its frame in what goes out; -1 while it waits for room.</summary>
    internal long Position { get; set; } = -1;

    internal void EndOn(CancellationToken cancel)
    {
        _registration = cancel.UnsafeRegister(
            static (state, token) =>
            {
                var (call, link) = ((OutgoingCall, CallLink))state!;
                link.Cancel(call, token);
            },
            (this, link));
        if (Task.IsCompleted)
        {
            _registration.Unregister();
        }
    }

    internal void End(RemoteAnswer answer)
    {
        _registration.Unregister();
        TrySetResult(answer);
    }

    internal void End(Exception fault)
    {
        _registration.Unregister();
        TrySetException(fault);
    }
}
