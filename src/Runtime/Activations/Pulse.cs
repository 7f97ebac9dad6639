using System.Collections.Concurrent;

namespace Troupe.Runtime;

/// <summary>The node's coarse clock, and what happens at its beats: calls that ran out of time are failed and idle activations given up. Calls
/// read the time of the last beat instead of asking the clock, and need no timer each.</summary>
internal sealed class Pulse : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);

    private readonly GrainNode _node;
    private readonly ConcurrentQueue<Activation> _new = [];
    private readonly long _timeout;
    private readonly ITimer _timer;
    private List<Activation> _watched = [];
    private long _now;
    private long _collectAt;
    private int _beating;

    internal Pulse(GrainNode node)
    {
        _node = node;
        var period = node.Options.CallTimeout / 10;
        period = period > s_longest ? s_longest : period < s_shortest ? s_shortest : period;
        _now = node.Clock.GetTimestamp();
        _timeout = Ticks(node.Options.CallTimeout + period); // Now may be a period old, and no call may end early
        _collectAt = In(node.Options.CollectionPeriod);
        _timer = node.Timer(static state => ((Pulse)state!).Beat(), this);
        _timer.Change(period, period);
    }

    /// <summary>Timestamp of the last beat.</summary>
    internal long Now => Volatile.Read(ref _now);

    /// <summary>When a call sent now runs out of time.</summary>
    internal long CallDeadline => Now + _timeout;

    /// <summary>The timestamp this far ahead.</summary>
    internal long In(TimeSpan time) => Now + Ticks(time);

    /// <summary>Looks after an activation until it is found idle.</summary>
    internal void Watch(Activation activation) => _new.Enqueue(activation);

    /// <summary>Time from now to a timestamp; never negative.</summary>
    internal TimeSpan Until(long timestamp) => TimeSpan.FromSeconds(Math.Max(0, timestamp - Now) / (double)_node.Clock.TimestampFrequency);

    public void Dispose() => _timer.Dispose();

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _node.Clock.TimestampFrequency);

    private void Beat()
    {
        if (Interlocked.Exchange(ref _beating, 1) == 1)
        {
            return; // the last beat is still at work
        }

        try
        {
            Volatile.Write(ref _now, _node.Clock.GetTimestamp());
            Sweep();
            foreach (var type in _node.Types)
            {
                type.Latency.Beat();
            }

            if (Now >= _collectAt)
            {
                _collectAt = In(_node.Options.CollectionPeriod);
                Collect();
            }
        }
        catch (Exception fault)
        {
            _node.Log.PulseFailed(fault);
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }

    private void Sweep()
    {
        for (var left = _new.Count; left > 0 && _new.TryDequeue(out var activation); left--)
        {
            _watched.Add(activation);
        }

        var now = Now;
        _watched.RemoveAll(activation => !activation.Sweep(now));
        if (_watched.Count == 0 && _watched.Capacity > 1024)
        {
            _watched = [];
        }
    }

    private void Collect()
    {
        var usedBefore = Now - Ticks(_node.Options.CollectionAge);
        foreach (var activation in _node.Types.SelectMany(type => type.All))
        {
            activation.Collect(usedBefore);
        }
    }
}
