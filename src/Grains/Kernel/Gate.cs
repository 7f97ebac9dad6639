namespace Troupe.Kernel;

/// <summary>Lets the verbs of one grain through one at a time, in the order of their coming, when some of them interleave: what is decided inside is committed
/// before the next one decides. Not thread-safe: it belongs to a grain, whose turns are taken one at a time.</summary>
public sealed class Gate
{
    private Task _last = Task.CompletedTask;

    /// <summary>Runs a verb once those before it have ended, well or badly.</summary>
    public async Task<T> Alone<T>(Func<Task<T>> verb)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = _last;
        _last = mine.Task;
        await before;
        try
        {
            return await verb();
        }
        finally
        {
            mine.SetResult();
        }
    }
}
