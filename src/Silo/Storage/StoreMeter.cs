using System.Diagnostics.Metrics;

namespace Troupe.Silo.Storage;

/// <summary>What the store tells of itself, meter <c>Troupe.Store</c>.</summary>
public sealed class StoreMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Troupe.Store";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _commits;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _failures;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _seconds;

    /// <summary>Makes the instruments.</summary>
    /// <param name="waiting">Reads how many changes wait for the writer.</param>
    public StoreMeter(Func<int> waiting)
    {
        _commits = _meter.CreateCounter<long>("troupe.store.commits", "{transaction}", "Database transactions committed.");
        _changes = _meter.CreateCounter<long>("troupe.store.changes", "{change}", "Changes taken into those transactions.");
        _failures = _meter.CreateCounter<long>("troupe.store.failures", "{change}", "Changes answered with a fault.");
        _batch = _meter.CreateHistogram<int>("troupe.store.batch.size", "{change}", "Changes of a transaction.");
        _seconds = _meter.CreateHistogram<double>("troupe.store.commit.duration", "s", "Time from the beginning of a transaction until it was on disk.");
        _meter.CreateObservableGauge("troupe.store.waiting", waiting, "{change}", "Changes waiting for the writer.");
    }

    /// <summary>A transaction was committed.</summary>
    public void Committed(int changes, TimeSpan took)
    {
        _commits.Add(1);
        _changes.Add(changes);
        _batch.Record(changes);
        _seconds.Record(took.TotalSeconds);
    }

    /// <summary>A change was answered with a fault.</summary>
    public void Failed() => _failures.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
