namespace Troupe.Silo.Storage;

/// <summary>Erases what has outlived its time and what was dropped, every <see cref="Limits.SweepPeriod"/>, in small steps, so that commits of others go
/// between. What a step does is the engine's.</summary>
internal sealed class Sweeper : IDisposable
{
    private readonly IReadOnlyList<Func<CancellationToken, Task<bool>>> _steps;
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;

    /// <summary>Begins with the first period.</summary>
    /// <param name="steps">Each erases a little and tells whether there is more.</param>
    /// <param name="clock">Says when a period is over.</param>
    public Sweeper(IReadOnlyList<Func<CancellationToken, Task<bool>>> steps, TimeProvider clock)
    {
        _steps = steps;
        _timer = clock.CreateTimer(_ => _ = Round(), null, Limits.SweepPeriod, Limits.SweepPeriod);
    }

    /// <summary>Goes on until there is nothing left to erase.</summary>
    public async ValueTask Sweep(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        await Go(cancel);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _ended.Cancel();
    }

    private async Task Go(CancellationToken cancel)
    {
        try
        {
            foreach (var step in _steps)
            {
                while (await step(cancel))
                {
                    cancel.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task Round()
    {
        if (!_one.Wait(0, CancellationToken.None))
        {
            return; // the round before is still at it; rounds do not pile up
        }

        try
        {
            await Go(_ended.Token);
        }
        catch (Exception) when (_ended.IsCancellationRequested)
        {
            // Closing.
        }
        catch (Exception fault) when (fault is StoreException or LimitExceededException)
        {
            // The next round tries again; readiness tells of a store that is down.
        }
    }
}
