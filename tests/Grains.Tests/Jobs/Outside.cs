using System.Collections.Concurrent;
using System.Text;
using Troupe.Spinners;
using Troupe.Tables;

namespace Troupe.Tests.Jobs;

/// <summary>The outside of a test: counts calls by idempotency key, and holds them back when told to.</summary>
internal sealed class Outside : IStepPorts
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _hold;
    private int _inFlight;

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public ConcurrentDictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>Most calls that were under way at a time.</summary>
    public int Peak { get; private set; }

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Status of the answer by idempotency key; 200 unless said otherwise.</summary>
    public Func<string, int> Answer { get; set; } = _ => 200;

    /// <summary>From now on calls stay under way until <see cref="Release"/>.</summary>
    public void Hold() => _hold ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        var hold = _hold;
        _hold = null;
        hold?.TrySetResult();
    }

    /// <summary>Calls under way are cut off, as when their process dies.</summary>
    public void Reset()
    {
        var hold = _hold;
        _hold = null;
        hold?.TrySetException(new IOException("The connection is gone."));
    }

    public async ValueTask<StepAnswer> Http(HttpCall call, CancellationToken cancel)
    {
        lock (_gate)
        {
            Peak = Math.Max(Peak, ++_inFlight);
        }

        try
        {
            Seen.AddOrUpdate(call.IdempotencyKey, 1, static (_, times) => times + 1);
            if (_hold is { } hold)
            {
                await hold.Task.WaitAsync(cancel);
            }
            else
            {
                await Task.Yield();
            }

            return new() { Status = Answer(call.IdempotencyKey), Body = Encoding.UTF8.GetBytes("""{"value":85}"""), ContentType = "application/json" };
        }
        catch (IOException)
        {
            return StepAnswer.Failed("connection_lost", "The connection is gone.", retryable: false);
        }
        finally
        {
            lock (_gate)
            {
                _inFlight--;
            }
        }
    }

    public ValueTask<StepAnswer> Email(EmailCall call, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<StepAnswer> Ai(AiCall call, CancellationToken cancel) => throw new NotSupportedException();
}

/// <summary>The tables of a test.</summary>
internal sealed class TableShelf
{
    private readonly ConcurrentDictionary<string, TableSnapshot> _tables = new(StringComparer.Ordinal);

    public void Put(string id, TableSnapshot table) => _tables[id] = table;

    public void Remove(string id) => _tables.TryRemove(id, out _);

    public TableSnapshot? Find(string id) => _tables.GetValueOrDefault(id);
}

/// <summary>A table from the shelf.</summary>
internal sealed class ShelfTableGrain(TableShelf shelf) : Grain, ITableSource
{
    public Task<Outcome<TableSnapshot>> Snapshot()
    {
        var key = GrainKey.Parse(this.GetPrimaryKeyString());
        return Task.FromResult<Outcome<TableSnapshot>>(
            key.Workspace == World.Workspace && shelf.Find(key.Id) is { } table ? table : Failure.Missing("data table"));
    }
}
