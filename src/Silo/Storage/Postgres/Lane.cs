using System.Diagnostics;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>A piece of work on its way, with the caller who waits for its answer.</summary>
internal sealed class Pending<TWork, TAnswer>(TWork work) : QueuedWrite
{
    // Callers go on elsewhere: the lane never runs their code.
    private readonly TaskCompletionSource<TAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TWork Work { get; } = work;

    public Task<TAnswer> Answer => _answer.Task;

    public void Complete(TAnswer answer) => _answer.TrySetResult(answer);

    public override void Fail(Exception fault) => _answer.TrySetException(fault);
}

/// <summary>One of the ways to the database: what is queued while a transaction is on its way goes together in the next. What goes into one lane keeps its
/// order.</summary>
internal sealed class Lane<TWork, TAnswer> : IAsyncDisposable
{
    /// <summary>A failure that took longer was a wait for a database that does not answer; whoever queued meanwhile is not made to wait that long
    /// again.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);

    private readonly WriteQueue<Pending<TWork, TAnswer>> _queue;
    private readonly Func<IReadOnlyList<Pending<TWork, TAnswer>>, Task> _carry;
    private readonly Task _loop;

    /// <summary>A lane.</summary>
    /// <param name="carry">Carries out a batch and answers each of it; whom it leaves unanswered gets what it throws.</param>
    /// <param name="lanes">How many lanes share the bounds of the store.</param>
    public Lane(Func<IReadOnlyList<Pending<TWork, TAnswer>>, Task> carry, int lanes)
    {
        (_carry, _queue) = (carry, new(lanes));
        _loop = Task.Run(Loop);
    }

    /// <summary>Pieces of work waiting.</summary>
    public int Waiting => _queue.Waiting;

    /// <summary>Queues work and gives its answer once it is on disk.</summary>
    public Task<TAnswer> Run(TWork work, int bytes)
    {
        var pending = new Pending<TWork, TAnswer>(work) { Bytes = bytes };
        _queue.Add(pending);
        return pending.Answer;
    }

    /// <summary>Lets nothing more in and carries out what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_loop.IsCompleted)
        {
            _queue.Close();
            await _loop;
            _queue.Dispose();
        }
    }

    private async Task Loop()
    {
        var batch = new List<Pending<TWork, TAnswer>>(Limits.CommitBatch);
        while (await _queue.TakeSoon(batch))
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await _carry(batch);
            }
            catch (Exception fault)
            {
                Fail(batch, fault);
                if (Stopwatch.GetElapsedTime(began) > s_silence)
                {
                    batch.Clear();
                    _queue.TakeAll(batch);
                    Fail(batch, new StoreException($"{fault.Message} Nothing was written.", fault));
                }
            }

            batch.Clear();
        }
    }

    private static void Fail(List<Pending<TWork, TAnswer>> batch, Exception fault)
    {
        foreach (var pending in batch)
        {
            pending.Fail(fault);
        }
    }
}
