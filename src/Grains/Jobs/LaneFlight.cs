using System.Threading.Channels;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>The records of a lane that are in flight: starts them, and takes them back when they end. A record that ends at once never leaves the starting
/// task;
/// another goes on by itself and comes back through a channel. Except for <see cref="Wake"/> used by one task at a time.</summary>
internal sealed class LaneFlight(LaneWork work, LaneGate gate) : IAsyncDisposable
{
    private readonly Channel<LaneEnd> _ends = Channel.CreateUnbounded<LaneEnd>(new() { SingleReader = true });
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Records in flight.</summary>
    public int Count { get; private set; }

    /// <summary>Ends a <see cref="Wait"/>.</summary>
    public void Wake() => _ends.Writer.TryWrite(default);

    /// <summary>Waits until a record ended or somebody called <see cref="Wake"/>.</summary>
    public ValueTask<bool> Wait() => _ends.Reader.WaitToReadAsync();

    /// <summary>Starts a record that has its slot. Answers its result when it ended at once, null when it is in flight.</summary>
    public RecordResult? Start(LaneItem item, ReadOnlyMemory<byte> row)
    {
        var run = new RecordRun(work.Workspace, work.JobId, RecordId.Of(work.JobId, item.Seq), work.Plan.SpinnerId, row, item.Resume);
        var running = work.Pipeline.Run(run, work.Ports, _cut.Token);
        if (running.IsCompletedSuccessfully)
        {
            gate.Leave();
            return running.Result;
        }

        Count++;
        _ = Follow(item, running);
        return null;
    }

    /// <summary>A record that ended; false when there is none at the moment. Its result is null when it was cut short.</summary>
    public bool TryTake(out LaneItem item, out RecordResult? result)
    {
        while (_ends.Reader.TryRead(out var end))
        {
            if (end.IsRecord)
            {
                Count--;
                (item, result) = (end.Item, end.Result);
                return true;
            }
        }

        (item, result) = (default, null);
        return false;
    }

    /// <summary>Cuts short what is in flight.</summary>
    public Task Cut() => _cut.CancelAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        _cut.Dispose();
    }

    private async Task Follow(LaneItem item, ValueTask<RecordResult> running)
    {
        RecordResult? result = null;
        try
        {
            result = await running;
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
            // Nothing of the run is kept.
        }
        catch (Exception bug)
        {
            work.Report(bug, item.Seq);
            result = Unfinished.Broken(item, work.Clock.GetUtcNow());
        }

        gate.Leave();
        _ends.Writer.TryWrite(new(item, result, IsRecord: true));
    }

    private readonly record struct LaneEnd(LaneItem Item, RecordResult? Result, bool IsRecord);
}
