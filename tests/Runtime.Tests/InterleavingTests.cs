using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>What <see cref="ReentrantAttribute"/> and <see cref="AlwaysInterleaveAttribute"/> let in, and what they don't.</summary>
public sealed class InterleavingTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task A_reentrant_grain_begins_calls_while_others_wait()
    {
        await using var host = Hosts.Of<IReentrant, ReentrantGrain>(_probe);
        var grain = host.Get<IReentrant>("a");
        var first = grain.Hold("1");
        var second = grain.Hold("2");
        await Task.WhenAll(_probe["1"].Reached, _probe["2"].Reached);
        _probe["2"].Open();
        await second.Soon();
        _probe["1"].Open();
        await first.Soon();
        Assert.Equal(["1 begins", "2 begins", "2 ends", "1 ends"], _probe.Log);
    }

    [Fact]
    public async Task A_reentrant_grain_still_runs_on_one_thread_at_a_time()
    {
        await using var host = Hosts.Of<IReentrant, ReentrantGrain>(_probe);
        var grain = host.Get<IReentrant>("a");
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(_ => grain.CountWithAwaits())).Soon();
        Assert.Equal(4_000, await grain.Count().Soon());
        Assert.Empty(_probe.Log);
    }

    [Fact]
    public async Task A_reentrant_grain_can_call_itself_back()
    {
        await using var host = Hosts.Of<IReentrant, ReentrantGrain>(_probe);
        Assert.Equal(0, await host.Get<IReentrant>("a").CountThroughReference().Soon());
    }

    [Fact]
    public async Task A_method_that_always_interleaves_does_not_wait_but_others_do()
    {
        await using var host = Hosts.Of<IPartly, PartlyGrain>(_probe);
        var grain = host.Get<IPartly>("a");
        var held = grain.Hold("1");
        await _probe["1"].Reached;
        var waiting = grain.Hold("2"); // stands in front of the one that interleaves
        Assert.Equal("peeked", await grain.Peek().Soon());
        _probe["2"].Open();
        _probe["1"].Open();
        await Task.WhenAll(held, waiting).Soon();
        Assert.Equal(["1 begins", "peeked", "1 ends", "2 begins", "2 ends"], _probe.Log);
    }

    [Fact]
    public async Task A_call_begins_while_only_interleaving_ones_are_under_way()
    {
        await using var host = Hosts.Of<IPartly, PartlyGrain>(_probe);
        var grain = host.Get<IPartly>("a");
        var interleaving = grain.HoldInterleaving("1");
        await _probe["1"].Reached;
        var other = grain.Hold("2");
        await _probe["2"].Reached;
        _probe["2"].Open();
        await other.Soon();
        _probe["1"].Open();
        await interleaving.Soon();
    }

    [Fact]
    public async Task A_call_that_interleaves_does_not_wait_behind_those_that_came_during_activation()
    {
        await using var host = Hosts.Of<IPartly, PartlyGrain>(_probe);
        var grain = host.Get<IPartly>("slow");
        var first = grain.Hold("1");
        await _probe["activation"].Reached;
        var second = grain.Hold("2");
        var peek = grain.Peek();
        _probe["activation"].Open();
        Assert.Equal("peeked", await peek.Soon());
        _probe["1"].Open();
        _probe["2"].Open();
        await Task.WhenAll(first, second).Soon();
    }

    public interface IReentrant : IGrainWithStringKey
    {
        Task Hold(string gate);

        Task CountWithAwaits();

        Task<int> Count();

        Task<int> CountThroughReference();
    }

    [Reentrant]
    public sealed class ReentrantGrain(Probe probe) : Grain, IReentrant
    {
        private int _count;
        private int _inside;

        public async Task Hold(string gate)
        {
            probe.Note($"{gate} begins");
            await probe[gate].Pass();
            probe.Note($"{gate} ends");
        }

        public async Task CountWithAwaits()
        {
            Step();
            await Task.Yield();
            Step();
        }

        public Task<int> Count() => Task.FromResult(_count);

        public Task<int> CountThroughReference() => GrainFactory.GetGrain<IReentrant>(this.GetPrimaryKeyString()).Count();

        // Loses counts, or notes it, if two threads were ever in the grain.
        private void Step()
        {
            if (Interlocked.Increment(ref _inside) != 1)
            {
                probe.Note("another thread is inside");
            }

            var was = _count;
            Thread.SpinWait(50);
            _count = was + 1;
            Interlocked.Decrement(ref _inside);
        }
    }

    public interface IPartly : IGrainWithStringKey
    {
        Task Hold(string gate);

        [AlwaysInterleave]
        Task HoldInterleaving(string gate);

        [AlwaysInterleave]
        Task<string> Peek();
    }

    public sealed class PartlyGrain(Probe probe) : Grain, IPartly
    {
        public override Task OnActivateAsync(CancellationToken cancellationToken) =>
            this.GetPrimaryKeyString() == "slow" ? probe["activation"].Pass() : Task.CompletedTask;

        public async Task Hold(string gate)
        {
            probe.Note($"{gate} begins");
            await probe[gate].Pass();
            probe.Note($"{gate} ends");
        }

        public Task HoldInterleaving(string gate) => Hold(gate);

        public Task<string> Peek()
        {
            probe.Note("peeked");
            return Task.FromResult("peeked");
        }
    }
}
