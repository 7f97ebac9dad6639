using System.Threading.Channels;
using Troupe.Spinners;

namespace Troupe.Jobs;

/// <summary>The records of a lane that are in flight: starts them, and takes them back when they end. A record that ends at once never leaves the starting
/// task;
/// another goes on by itself and comes back through a channel. Except for <see cref="Wake"/> used by one task at a time.</summary>
internal sealed class LaneFlight : IAsyncDisposable
{
    private readonly LaneWork _work;
    private readonly LaneGate _gate;
    private readonly ITimer _alarm;
    private readonly Channel<LaneEnd> _ends = Channel.CreateUnbounded<LaneEnd>(new() { SingleReader = true });
    private readonly CancellationTokenSource _cut = new();

    public LaneFlight(LaneWork work, LaneGate gate)
    {
        (_work, _gate) = (work, gate);
        _alarm = work.Clock.CreateTimer(static flight => ((LaneFlight)flight!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Records in flight.</summary>
    public int Count { get; private set; }

    /// <summary>Ends a <see cref="Wait"/>.</summary>
    public void Wake() => _ends.Writer.TryWrite(default);

    /// <summary>Waits until a record ended, somebody called <see cref="Wake"/>, or a time has passed.</summary>
    public async ValueTask Wait(TimeSpan atMost)
    {
        if (atMost != Timeout.InfiniteTimeSpan)
        {
            if (atMost <= TimeSpan.Zero)
            {
                return;
            }

            var milliseconds = Math.Clamp(Math.Ceiling(atMost.TotalMilliseconds), 1, TimeSpan.MillisecondsPerDay); // timers count milliseconds
            _alarm.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }

        await _ends.Reader.WaitToReadAsync();
    }

    /// <summary>Starts a record that has its slot. Answers its result when it ended at once, null when it is in flight.</summary>
    public RecordResult? Start(LaneItem item)
    {
        var running = _work.Pipeline.Run(_work.Run(item), _work.Ports, _cut.Token);
        if (running.IsCompletedSuccessfully)
        {
            _gate.Leave();
            return running.Result;
        }

        Count++;
        JobMeters.Flight(+1);
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
        await _alarm.DisposeAsync();
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
            _work.Report(bug, item.Seq);
            result = _work.GiveUp(item, RecordStatus.Failed, "The record stopped on an internal error; the server's log has it.");
        }

        JobMeters.Flight(-1);
        _gate.Leave();
        _ends.Writer.TryWrite(new(item, result, IsRecord: true));
    }

    private readonly record struct LaneEnd(LaneItem Item, RecordResult? Result, bool IsRecord);
}
