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

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _ended.Cancel();
    }

    private async Task Round()
    {
        try
        {
            await Sweep(_ended.Token);
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
