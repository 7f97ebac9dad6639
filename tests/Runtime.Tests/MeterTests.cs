using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Troupe.Runtime.Tests;

/// <summary>What operators see of the runtime.</summary>
public sealed class MeterTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task The_meter_tells_activations_calls_and_how_full_mailboxes_are_by_grain_class()
    {
        await using var host = Hosts.Of<IMetered, MeteredGrain>(_probe, new() { MailboxCalls = 3 });
        var grain = host.Get<IMetered>("a");
        await host.Get<IMetered>("b").Echo("x").Soon();
        var held = grain.Hold("1");
        await _probe["1"].Reached;
        var waiting = new[] { grain.Echo("2"), grain.Echo("3") };
        await Assert.ThrowsAsync<LimitExceededException>(() => grain.Echo("4"));

        var seen = Read();
        Assert.Equal(2, seen["troupe.runtime.activations"]);
        Assert.Equal(4, seen["troupe.runtime.calls"]);
        Assert.Equal(3, seen["troupe.runtime.held"]);
        Assert.Equal(3, seen["troupe.runtime.mailbox"]);
        Assert.Equal(1, seen["troupe.runtime.refused"]);
        Assert.Equal(3, host.Node.HeldCounts()[nameof(MeteredGrain)]);

        host.Clock.Advance(TimeSpan.FromSeconds(32));
        Assert.Equal(3, Read()["troupe.runtime.timeouts"]);
        _probe["1"].Open();
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAll([held, .. waiting]).Soon());
        await host.Node.Stop().Soon();
        Assert.Equal(4, Read()["troupe.runtime.calls"]); // not forgotten with the activations
        Assert.Equal(0, Read()["troupe.runtime.activations"]);
        Assert.Empty(host.Node.HeldCounts());
    }

    // Other tests run nodes at the same time; the grain class of this one is in none of them.
    private static ConcurrentDictionary<string, long> Read()
    {
        var seen = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Troupe.Runtime")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.ToArray().Contains(new("grain", nameof(MeteredGrain))))
            {
                seen[instrument.Name] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }

    public interface IMetered : IGrainWithStringKey
    {
        Task<string> Echo(string text);

        Task Hold(string gate);
    }

    public sealed class MeteredGrain(Probe probe) : Grain, IMetered
    {
        public Task<string> Echo(string text) => Task.FromResult(text);

        public Task Hold(string gate) => probe[gate].Pass();
    }
}
