namespace Troupe.Runtime;

/// <summary>Ticks, and the saving of what became of them.</summary>
internal sealed partial class Reminders
{
    private static readonly GrainMethod<Nothing> s_receive =
        (GrainMethod<Nothing>)GrainMethod.Of(typeof(IRemindable), typeof(IRemindable).GetMethod(nameof(IRemindable.ReceiveReminder))!);

    private readonly Queue<(HeldReminder Reminder, ReminderEntry Next, int Failures)> _unsaved = [];
    private readonly int[] _busy = new int[Partition.Count]; // ticks begun and not saved, by partition
    private readonly Dictionary<int, TaskCompletionSource> _leaving = []; // lost partitions where something was busy
    private TaskCompletionSource? _flushed;
    private int _ticking;
    private bool _saving;

    /// <summary>Ends when no tick is under way and all that ended are saved. For a paused instance.</summary>
    internal Task Flush()
    {
        lock (_gate)
        {
            _flushed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            TellFlushed();
            return _flushed.Task;
        }
    }

    private async Task Tick(HeldReminder reminder)
    {
        var entry = reminder.Entry;
        Exception? fault = null;
        _node.Meters.Began(Now - entry.DueAt);
        try
        {
            // Yields even when the grain has answered already: those due at the same time are started before anything is saved.
            await Deliver(entry).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }

        _node.Meters.Ended(well: fault is null);
        lock (_gate)
        {
            _ticking--;
            if (_queue.IsCurrent(reminder) && (fault is null || !Leaves(reminder)))
            {
                _unsaved.Enqueue(Decide(reminder, fault));
            }
            else
            {
                Free(reminder, forget: _queue.IsCurrent(reminder));
            }

            TellFlushed();
        }

        Pump();
        await Save().ConfigureAwait(false);
    }

    // A failed tick is left due for the next owner.
    private bool Leaves(HeldReminder reminder) => _node.IsStopping || _leaving.ContainsKey(reminder.Entry.Partition);

    private void Free(HeldReminder reminder, bool forget)
    {
        var partition = reminder.Entry.Partition;
        reminder.IsBusy = false;
        if (forget)
        {
            _queue.Remove(reminder.Entry.Grain, reminder.Entry.Name);
        }

        if (--_busy[partition] == 0 && _leaving.Remove(partition, out var saved))
        {
            saved.SetResult();
        }
    }

    private Task<Nothing> Deliver(ReminderEntry entry)
    {
        if (_node.FindType(entry.Grain.Type) is not { } type || !typeof(IRemindable).IsAssignableFrom(type.Class))
        {
            return Task.FromException<Nothing>(new InvalidOperationException($"This node has no remindable grain class {entry.Grain.Type}."));
        }

        var status = new TickStatus(entry.FirstDueAt.UtcDateTime, entry.Period, Now.UtcDateTime);
        var call = s_receive.Make(type, [entry.Name, status]);
        call.Stays = true; // a partition leaves only after its ticks: one that went after it would never arrive
        type.Send(entry.Grain.Key, call);
        return call.Answer!;
    }

    // A tick that was handled is next due at the next whole period from the first; one that failed, after a wait.
    private (HeldReminder, ReminderEntry, int) Decide(HeldReminder reminder, Exception? fault)
    {
        var entry = reminder.Entry;
        if (fault is null)
        {
            var periods = ((Now - entry.FirstDueAt) / entry.Period) is var passed && passed > 0 ? (long)passed + 1 : 1;
            return (reminder, entry with { DueAt = entry.FirstDueAt + (entry.Period * periods) }, 0);
        }

        var due = RoundUp(Now + Backoff(reminder.Failures));
        _node.Log.ReminderFailed(entry.Grain, entry.Name, due, fault);
        return (reminder, entry with { DueAt = due }, reminder.Failures + 1);
    }

    /// <summary>Saves what ticks have left, many at once. One at a time: others leave theirs to the one at work.</summary>
    private async Task Save()
    {
        for (var failures = 0; Unsaved() is { } batch;)
        {
            try
            {
                await _table.Advance(batch.ConvertAll(saved => saved.Next)).ConfigureAwait(false);
                Saved(batch);
                failures = 0;
            }
            catch (Exception fault)
            {
                var wait = Backoff(failures++);
                _node.Log.ReminderTableFailed("written", wait.TotalSeconds, fault);
                await Task.Delay(wait, _node.Clock).ConfigureAwait(false);
                lock (_gate)
                {
                    batch.ForEach(_unsaved.Enqueue);
                    _saving = false;
                }
            }
        }
    }

    private List<(HeldReminder Reminder, ReminderEntry Next, int Failures)>? Unsaved()
    {
        lock (_gate)
        {
            if (_saving || _unsaved.Count == 0)
            {
                return null;
            }

            List<(HeldReminder, ReminderEntry, int)> batch = [];
            while (batch.Count < _node.Options.ReminderBatch && _unsaved.TryDequeue(out var one))
            {
                batch.Add(one); // overtaken meanwhile? The table refuses the version
            }

            _saving = batch.Count > 0;
            TellFlushed();
            return _saving ? batch : null;
        }
    }

    private void Saved(List<(HeldReminder Reminder, ReminderEntry Next, int Failures)> batch)
    {
        lock (_gate)
        {
            _saving = false;
            var now = Now;
            foreach (var (reminder, next, failures) in batch)
            {
                Free(reminder, forget: false);
                if (_queue.IsCurrent(reminder))
                {
                    Hold(new(next with { Version = next.Version + 1 }, failures), now);
                }
            }

            TellFlushed();
        }

        Pump();
    }

    private void TellFlushed()
    {
        if (_ticking == 0 && !_saving && _unsaved.Count == 0)
        {
            _flushed?.TrySetResult();
        }
    }
}
