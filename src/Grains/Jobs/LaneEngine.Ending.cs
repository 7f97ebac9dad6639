namespace Troupe.Jobs;

/// <summary>How an engine ends before its work is done.</summary>
internal sealed partial class LaneEngine
{
    private bool _givingUp;

    /// <summary>The job is canceled or cannot go on: what is in flight is cut short, what waits or did not start is given up.</summary>
    private async Task GiveUp()
    {
        _givingUp = true;
        await Land();
        _log.Skip();
        await _log.Flush();
        while (!_close.IsCancellationRequested)
        {
            var waits = await _log.Waits();
            foreach (var (_, entry) in waits)
            {
                var item = LaneItem.Of(entry);
                _log.Add(item, _work.Cancel(item));
            }

            await _log.Flush();
            Tell(done: waits.Count == 0);
            if (waits.Count == 0)
            {
                return;
            }
        }
    }

    /// <summary>The node stops or the lane moves: what is in flight gets a moment to end; the rest runs again elsewhere.</summary>
    private async Task Close()
    {
        var patience = _work.Clock.GetUtcNow() + TimeSpan.FromMilliseconds(Limits.LaneDrainMilliseconds);
        for (; _flight.Count > 0 && _work.Clock.GetUtcNow() < patience; Collect())
        {
            await _flight.Wait(patience - _work.Clock.GetUtcNow());
        }

        await Land();
        await _log.Flush();
    }

    /// <summary>Cuts short what is in flight and takes it back.</summary>
    private async Task Land()
    {
        await _flight.Cut();
        for (Collect(); _flight.Count > 0; Collect())
        {
            await _flight.Wait(Timeout.InfiniteTimeSpan);
        }
    }
}
