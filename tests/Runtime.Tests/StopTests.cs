using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>A stopping node: nothing new from outside, what is queued is served, everything is deactivated, and nobody hangs.</summary>
public sealed class StopTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task Queued_calls_are_served_and_every_activation_is_deactivated()
    {
        await using var host = Hosts.Of<IChain, ChainGrain>(_probe);
        var held = host.Get<IChain>("a").Hold("1");
        await _probe["1"].Reached;
        var queued = Enumerable.Range(0, 20).Select(i => host.Get<IChain>("a").Note($"{i}")).ToList();
        await host.Get<IChain>("b").Note("x").Soon();
        var stop = host.Node.Stop();
        Assert.False(stop.IsCompleted);
        _probe["1"].Open();
        await Task.WhenAll([held, .. queued, stop]).Soon();
        Assert.Equal(22, _probe.Log.Count(line => line.StartsWith("note", StringComparison.Ordinal)) + _probe.Log.Count(line => line == "held"));
        Assert.Equal(["a ShuttingDown", "b ShuttingDown"], _probe.Log.Where(line => line.EndsWith("ShuttingDown", StringComparison.Ordinal)).Order());
        Assert.Equal("a ShuttingDown", _probe.Log.Last(line => line[0] == 'a' || line.StartsWith("note a", StringComparison.Ordinal)));
        Assert.Empty(host.Node.ActivationCounts());
    }

    [Fact]
    public async Task Calls_from_outside_are_refused_and_those_of_grains_at_work_are_not()
    {
        await using var host = Hosts.Of<IChain, ChainGrain>(_probe);
        var chain = host.Get<IChain>("a").HoldAndCall("1", "never called before");
        await _probe["1"].Reached;
        var stop = host.Node.Stop();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => host.Get<IChain>("a").Note("late").Soon());
        _probe["1"].Open();
        await Task.WhenAll(chain, stop).Soon();
        Assert.Contains("note never called before from a", _probe.Log);
        Assert.Empty(host.Node.ActivationCounts());
    }

    [Fact]
    public async Task A_grain_may_call_others_while_it_is_deactivated()
    {
        await using var host = Hosts.Of<IChain, ChainGrain>(_probe);
        await host.Get<IChain>("says goodbye").Note("x").Soon();
        await host.Node.Stop().Soon();
        Assert.Contains("note friend goodbye", _probe.Log);
        Assert.Empty(host.Node.ActivationCounts());
    }

    [Fact]
    public async Task What_hangs_is_given_up_after_the_stop_time_out_and_its_callers_learn_of_it()
    {
        await using var host = Hosts.Of<IChain, ChainGrain>(_probe);
        var running = host.Get<IChain>("a").Hold("never");
        var waiting = host.Get<IChain>("a").Note("x");
        await _probe["never"].Reached;
        var stop = host.Node.Stop();
        host.Clock.Advance(TimeSpan.FromSeconds(11));
        await stop.Soon();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => running.Soon());
        await Assert.ThrowsAsync<SiloUnavailableException>(() => waiting.Soon());
        _probe["never"].Open(); // a late end harms nobody
    }

    [Fact]
    public async Task Stopping_twice_does_nothing()
    {
        await using var host = Hosts.Of<IChain, ChainGrain>(_probe);
        await host.Node.Stop().Soon();
        await host.Node.Stop().Soon();
    }

    public interface IChain : IGrainWithStringKey
    {
        Task Hold(string gate);

        Task HoldAndCall(string gate, string other);

        Task Note(string what);
    }

    public sealed class ChainGrain(Probe probe) : Grain, IChain
    {
        private string Key => this.GetPrimaryKeyString();

        public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            if (Key == "says goodbye")
            {
                await GrainFactory.GetGrain<IChain>("friend").Note("goodbye");
            }

            probe.Note($"{Key} {reason.ReasonCode}");
        }

        public async Task Hold(string gate)
        {
            await probe[gate].Pass();
            probe.Note("held");
        }

        public async Task HoldAndCall(string gate, string other)
        {
            await probe[gate].Pass();
            await GrainFactory.GetGrain<IChain>(other).Note($"from {Key}");
        }

        public Task Note(string what)
        {
            probe.Note($"note {Key} {what}");
            return Task.CompletedTask;
        }
    }
}
