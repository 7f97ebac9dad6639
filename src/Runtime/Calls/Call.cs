namespace Troupe.Runtime;

/// <summary>Something a grain is asked to do: a method call or a timer's tick. It runs from the turn that starts it to the end of its task.</summary>
internal abstract class Call : Turn
{
    /// <summary>Neighbours among the activation's running calls.</summary>
    internal Call? Before, After;

    /// <summary>When the caller gives up, as a timestamp of the node's <see cref="Pulse"/>.</summary>
    internal long Deadline = long.MaxValue;

    /// <summary>When it first came to a mailbox, if it is one of those whose time is taken; 0 otherwise.</summary>
    internal long Begun;

    /// <summary>Times it was handed on from an activation that ended before it had served anybody.</summary>
    internal int Handovers;

    /// <summary>May start while other calls of the grain are under way.</summary>
    internal abstract bool Interleaves { get; }

    /// <summary>Counts against the mailbox and outlives the activation it waits for. False for ticks.</summary>
    internal virtual bool IsMessage => true;

    /// <summary>Nobody waits any more: a call that has not started then never starts.</summary>
    internal abstract bool IsOver { get; }

    /// <summary>Ends it with an exception. No effect when it is over.</summary>
    internal abstract void Fail(Exception fault);

    /// <summary>Ends it because its deadline has passed.</summary>
    internal abstract void Expire(GrainId grain);

    /// <summary>Refused rather than sent to another node.</summary>
    internal bool Stays;

    /// <summary>Sends it to whoever owns the grain, from whom its answer will come.</summary>
    internal abstract void SendAway(GrainId grain, GrainNode from);
}

/// <summary>A method call and its answer.</summary>
/// <typeparam name="T">The result; <see cref="Nothing"/> for methods without one.</typeparam>
internal class Call<T>(GrainMethod<T> method, bool interleaves, object?[] arguments) : Call
{
    private readonly TaskCompletionSource<T>? _answer = method.OneWay ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _dropped;

    internal GrainMethod<T> Method { get; } = method;

    internal object?[] Arguments { get; } = arguments;

    internal Task<T>? Answer => _answer?.Task;

    internal override bool Interleaves { get; } = interleaves;

    internal override bool IsOver => _answer is null ? _dropped : _answer.Task.IsCompleted;

    internal override void Run(Activation activation)
    {
        Task task;
        try
        {
            task = Method.Invoke(activation.Grain!, Arguments) ?? throw new InvalidOperationException($"{Method.Name} returned null instead of a task.");
        }
        catch (Exception fault)
        {
            task = Task.FromException<T>(fault);
        }

        if (task.IsCompleted)
        {
            End(activation, task);
        }
        else
        {
            _ = task.ContinueWith(
                static (task, state) =>
                {
                    var (call, activation) = ((Call<T>, Activation))state!;
                    call.End(activation, task);
                },
                (this, activation),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    internal override void Fail(Exception fault)
    {
        _dropped = true;
        if (fault is OperationCanceledException cancelled)
        {
            _answer?.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            _answer?.TrySetException(fault);
        }
    }

    internal override void Expire(GrainId grain) =>
        Fail(new TimeoutException($"{Method.Interface.Name}.{Method.Name} of {grain} did not answer in time. It may still be running."));

    internal override void SendAway(GrainId grain, GrainNode from)
    {
        if (Stays)
        {
            Fail(new CallRefusedException($"{grain} has left this node."));
        }
        else
        {
            _ = RemoteCalls.Send(this, grain, from);
        }
    }

    /// <summary>Takes over an answer that came from another node.</summary>
    internal void Succeed(T result) => _answer?.TrySetResult(result);

    /// <summary>The token that tells the method nobody waits any more.</summary>
    internal virtual CancellationToken Token => default;

    /// <summary>The method's task has ended.</summary>
    protected virtual void End(Activation activation, Task task)
    {
        activation.Finish(this); // first, so that a caller that calls again at once finds room
        if (task.IsCompletedSuccessfully)
        {
            _answer?.TrySetResult(GrainMethod<T>.Result(task));
        }
        else if (_answer is null)
        {
            activation.Node.Log.OneWayFailed(activation.GrainId, Method.Name, task.Exception?.InnerException ?? new TaskCanceledException(task));
        }
        else if (task.IsCanceled)
        {
            _answer.TrySetCanceled(new TaskCanceledException(task).CancellationToken);
        }
        else
        {
            _answer.TrySetException(task.Exception!.InnerExceptions);
        }
    }
}

/// <summary>A call whose method takes a cancellation token: the caller's token and the call's deadline both reach it.</summary>
internal sealed class CancellableCall<T> : Call<T>
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationTokenRegistration _registration;

    internal CancellableCall(GrainMethod<T> method, bool interleaves, object?[] arguments)
        : base(method, interleaves, arguments)
    {
        var callers = (CancellationToken)arguments[method.CancelIndex]!;
        arguments[method.CancelIndex] = _cancel.Token;
        _registration = callers.UnsafeRegister(static (state, token) => ((CancellableCall<T>)state!).Fail(new OperationCanceledException(token)), this);
    }

    internal override CancellationToken Token => _cancel.Token;

    internal override void Fail(Exception fault)
    {
        base.Fail(fault);
        _registration.Unregister();
        _ = _cancel.CancelAsync(); // what hangs on the token is the grain's and must not run under the sweeper
    }

    protected override void End(Activation activation, Task task)
    {
        _registration.Unregister();
        base.End(activation, task);
    }
}
