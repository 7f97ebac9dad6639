using System.Diagnostics.Metrics;

namespace Troupe.Runtime;

/// <summary>The meter <c>Troupe.Runtime</c>. Everything is counted where it happens anyway and only read here, so a call costs nothing extra.</summary>
internal sealed class RuntimeMeters : IDisposable
{
    private readonly Meter _meter = new("Troupe.Runtime");

    internal RuntimeMeters(GrainNode node)
    {
        _meter.CreateObservableUpDownCounter("troupe.runtime.activations", () => Each(node, type => type.Live), description: "Activations in memory.");
        _meter.CreateObservableCounter("troupe.runtime.calls", () => Each(node, type => type.Calls), description: "Calls taken in.");
        _meter.CreateObservableCounter("troupe.runtime.timeouts", () => Each(node, type => type.Timeouts), description: "Calls that ran out of time.");
        _meter.CreateObservableCounter("troupe.runtime.refused", () => Each(node, type => type.Refused), description: "Calls refused by a full mailbox.");
        _meter.CreateObservableUpDownCounter("troupe.runtime.held", () => Each(node, Held), description: "Calls waiting or running.");
        _meter.CreateObservableGauge("troupe.runtime.mailbox", () => Each(node, Fullest), description: "Calls of the fullest mailbox.");
    }

    public void Dispose() => _meter.Dispose();

    private static long Held(GrainType type) => type.All.Sum(activation => (long)activation.Held);

    private static long Fullest(GrainType type) => type.All.Select(activation => (long)activation.Held).DefaultIfEmpty().Max();

    private static IEnumerable<Measurement<long>> Each(GrainNode node, Func<GrainType, long> read) =>
        node.Types.Select(type => new Measurement<long>(read(type), new KeyValuePair<string, object?>("grain", type.Name)));
}
