using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Stateless workers: several activations, each one call at a time.</summary>
public sealed class WorkerTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task Calls_spread_over_as_many_activations_as_are_allowed_and_then_wait()
    {
        await using var host = Hosts.Of<IPart, PartGrain>(_probe);
        var worker = host.Get<IPart>("a");
        var held = Enumerable.Range(1, 4).Select(i => worker.Hold($"{i}")).ToList();
        await Task.WhenAll(_probe["1"].Reached, _probe["2"].Reached, _probe["3"].Reached);
        Assert.Equal(3, host.Node.ActivationCounts()[nameof(PartGrain)]);
        Assert.DoesNotContain("4 begins", _probe.Log);
        foreach (var gate in "1234")
        {
            _probe[$"{gate}"].Open();
        }

        await Task.WhenAll(held).Soon();
        Assert.Equal(3, _probe.Log.Count(line => line == "made"));
    }

    [Fact]
    public async Task One_is_enough_for_calls_that_come_one_by_one()
    {
        await using var host = Hosts.Of<IPart, PartGrain>(_probe);
        for (var i = 0; i < 20; i++)
        {
            _probe[$"{i}"].Open();
            await host.Get<IPart>("a").Hold($"{i}").Soon();
        }

        Assert.Equal(1, host.Node.ActivationCounts()[nameof(PartGrain)]);
    }

    [Fact]
    public async Task Idle_workers_are_collected_and_new_ones_made()
    {
        await using var host = Hosts.Of<IPart, PartGrain>(_probe);
        _probe["1"].Open();
        await host.Get<IPart>("a").Hold("1").Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(17));
        await _probe["ended"].Reached;
        _probe["2"].Open();
        await host.Get<IPart>("a").Hold("2").Soon();
        Assert.Equal(2, _probe.Log.Count(line => line == "made"));
    }

    [Fact]
    public async Task A_worker_that_ends_loses_no_calls()
    {
        await using var host = Hosts.Of<IPart, PartGrain>(_probe);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => host.Get<IPart>("a").NoteAndEnd($"call {i}"))).Soon();
        Assert.Equal(500, _probe.Log.Where(line => line.StartsWith("call", StringComparison.Ordinal)).Distinct().Count());
        Assert.Equal(500, _probe.Log.Count(line => line.StartsWith("call", StringComparison.Ordinal)));
    }

    public interface IPart : IGrainWithStringKey
    {
        Task Hold(string gate);

        Task NoteAndEnd(string what);
    }

    [StatelessWorker(3)]
    public sealed class PartGrain(Probe probe) : Grain, IPart
    {
        public override Task OnActivateAsync(CancellationToken cancellationToken)
        {
            probe.Note("made");
            return Task.CompletedTask;
        }

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            _ = probe["ended"].Pass();
            return Task.CompletedTask;
        }

        public async Task Hold(string gate)
        {
            probe.Note($"{gate} begins");
            await probe[gate].Pass();
        }

        public Task NoteAndEnd(string what)
        {
            probe.Note(what);
            DeactivateOnIdle();
            return Task.CompletedTask;
        }
    }
}
