using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Troupe.Runtime;

/// <summary>The meter <c>Troupe.Runtime</c>. What calls do is counted where it happens anyway and only read here, so a call costs nothing extra; how long they
/// take is in <see cref="GrainNode.CallTimes"/>.</summary>
internal sealed class RuntimeMeters : IDisposable
{
    private readonly Meter _meter;
    private readonly Histogram<double> _lateness;
    private readonly Counter<long> _ticks;
    private readonly GrainNode _node;
    private long _gained, _lost;

    internal RuntimeMeters(GrainNode node)
    {
        _node = node;
        _meter = node.Services.GetService<IMeterFactory>()?.Create("Troupe.Runtime") ?? new Meter("Troupe.Runtime");
        _meter.CreateObservableUpDownCounter("troupe.runtime.activations", () => Each(type => type.Live), description: "Activations in memory.");
        _meter.CreateObservableCounter("troupe.runtime.calls", () => Each(type => type.Calls), description: "Calls taken in.");
        _meter.CreateObservableCounter("troupe.runtime.timeouts", () => Each(type => type.Timeouts), description: "Calls that ran out of time.");
        _meter.CreateObservableCounter("troupe.runtime.refused", () => Each(type => type.Refused), description: "Calls refused by a full mailbox.");
        _meter.CreateObservableUpDownCounter("troupe.runtime.held", () => Each(Held), description: "Calls waiting or running.");
        _meter.CreateObservableGauge("troupe.runtime.mailbox", () => Each(Fullest), description: "Calls of the fullest mailbox.");
        _meter.CreateObservableGauge("troupe.runtime.partitions", () => node.Ownership.Owned.Count, description: "Partitions this node owns.");
        _meter.CreateObservableCounter("troupe.runtime.handovers", Handovers, description: "Partitions that came to this node or went from it.");
        _meter.CreateObservableGauge("troupe.reminders.held", () => node.Reminders.Held, description: "Reminders in memory, due soon.");
        _meter.CreateObservableGauge("troupe.reminders.behind", () => node.Reminders.Behind.TotalSeconds, "s", "How long the oldest due reminder has waited.");
        _lateness = _meter.CreateHistogram<double>("troupe.reminders.lateness", "s", "How long after their due time reminders began.");
        _ticks = _meter.CreateCounter<long>("troupe.reminders.ticks", description: "Reminders that ran, by how they ended.");
        node.Ownership.Changed += Count;
    }

    /// <summary>A reminder begins.</summary>
    internal void Began(TimeSpan late) => _lateness.Record(Math.Max(0, late.TotalSeconds));

    /// <summary>A reminder has ended.</summary>
    internal void Ended(bool well) => _ticks.Add(1, new KeyValuePair<string, object?>("outcome", well ? "handled" : "failed"));

    public void Dispose()
    {
        _node.Ownership.Changed -= Count;
        _meter.Dispose();
    }

    private static long Held(GrainType type) => type.All.Sum(activation => (long)activation.Held);

    private static long Fullest(GrainType type) => type.All.Select(activation => (long)activation.Held).DefaultIfEmpty().Max();

    private void Count(object? ownership, PartitionsChangedEventArgs change)
    {
        Interlocked.Add(ref _gained, change.Gained.Count);
        Interlocked.Add(ref _lost, change.Lost.Count);
    }

    private IEnumerable<Measurement<long>> Handovers() =>
    [
        new(Volatile.Read(ref _gained), new KeyValuePair<string, object?>("direction", "gained")),
        new(Volatile.Read(ref _lost), new KeyValuePair<string, object?>("direction", "lost")),
    ];

    private IEnumerable<Measurement<long>> Each(Func<GrainType, long> read) =>
        _node.Types.Select(type => new Measurement<long>(read(type), new KeyValuePair<string, object?>("grain", type.Name)));
}
