namespace Troupe.Silo.Storage.Sqlite;

/// <summary>Work for the one writer.</summary>
internal abstract class Write : QueuedWrite
{
    /// <summary>Carries it out within a transaction. May run twice: what the first run wrote is rolled back before the second.</summary>
    public abstract void Run(Connection connection);

    /// <summary>Tells the caller, after the transaction is on disk.</summary>
    public abstract void Complete();
}

/// <summary>A write that answers.</summary>
internal sealed class Write<T>(Func<Connection, T> run) : Write
{
    // Callers go on elsewhere: the writer never runs their code.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;

    public Task<T> Answer => _answer.Task;

    public override void Run(Connection connection) => _value = run(connection);

    public override void Complete() => _answer.TrySetResult(_value!);

    public override void Fail(Exception fault) => _answer.TrySetException(fault);
}
