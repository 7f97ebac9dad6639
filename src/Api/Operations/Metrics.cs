using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Troupe.Api.Operations;

/// <summary>Listens to the process's meters and keeps what they measure, for <c>GET /metrics</c>.</summary>
public sealed class Metrics : IDisposable
{
    private static readonly string[] Meters =
        ["Troupe.", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Metric> _metrics = [];
    private readonly IMeterFactory _own;

    /// <summary>Starts to listen.</summary>
    /// <param name="own">Made the meters of this host; those of another host in the same process are not listened to.</param>
    public Metrics(IMeterFactory own)
    {
        _own = own;
        _listener.InstrumentPublished = Enlist;
        _listener.MeasurementsCompleted = (instrument, _) => _metrics.TryRemove(instrument, out Metric? _);
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Take((double)value, tags, state));
        _listener.Start();
    }

    /// <summary>Asks the observed instruments and gives every metric, by name.</summary>
    internal IReadOnlyList<Metric> Read()
    {
        _listener.RecordObservableInstruments();
        return [.. _metrics.Values.OrderBy(metric => metric.Instrument.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) => ((Metric)state!).Measure(value, tags);

    private static double[] Buckets(Instrument instrument) =>
        instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } => [.. advised],
            Histogram<double> or Histogram<float> => Seconds,
            Histogram<long> or Histogram<int> => instrument.Unit == "s" ? Seconds : Counts,
            _ => [],
        };

    private void Enlist(Instrument instrument, MeterListener listener)
    {
        var isOurs = instrument.Meter.Scope is null || instrument.Meter.Scope == _own;
        if (isOurs && Meters.Any(name => instrument.Meter.Name.StartsWith(name, StringComparison.Ordinal)))
        {
            // Observed instruments tell totals or present values, the others tell steps; a plain gauge tells its value.
            var isTotal = instrument.IsObservable || instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal);
            listener.EnableMeasurementEvents(instrument, _metrics.GetOrAdd(instrument, new Metric(instrument, isTotal, Buckets(instrument))));
        }
    }
}
