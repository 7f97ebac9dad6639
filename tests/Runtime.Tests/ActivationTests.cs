using Microsoft.Extensions.DependencyInjection;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>How activations begin.</summary>
public sealed class ActivationTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task The_first_call_activates_and_later_ones_find_the_same()
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe);
        var grain = host.Get<IState>("a");
        Assert.Empty(host.Node.ActivationCounts());
        Assert.Equal(1, await grain.Add().Soon());
        Assert.Equal(2, await host.Get<IState>("a").Add().Soon());
        Assert.Equal(1, host.Node.ActivationCounts()[nameof(StateGrain)]);
        Assert.Equal(["a made", "a active"], _probe.Log);
    }

    [Fact]
    public async Task Callers_that_race_for_a_grain_make_one_activation()
    {
        const int rounds = 50, callers = 4;
        using var crowd = new Crowd(callers);
        await using var host = new GrainHost([(typeof(IState), typeof(StateGrain))], services => services.AddSingleton(_probe).AddSingleton<IOwnership>(crowd));
        var calls = new Task<int>[rounds, callers];
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Factory.StartNew(
            () =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    crowd.WaitOnce.Value = true;
                    calls[round, caller] = host.Get<IState>($"g{round}").Add();
                }
            },
            TaskCreationOptions.LongRunning))).Soon();

        for (var round = 0; round < rounds; round++)
        {
            var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => calls[round, caller])).Soon();
            Assert.Equal([1, 2, 3, 4], counts.Order()); // each saw the others' calls
        }

        Assert.Equal(2 * rounds, _probe.Log.Length); // made and active, once each
    }

    [Fact]
    public async Task Calls_wait_for_the_activation()
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe);
        var calls = Enumerable.Range(0, 3).Select(_ => host.Get<IState>("slow").Add()).ToList();
        await _probe["activation"].Reached;
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        _probe["activation"].Open();
        var answers = await Task.WhenAll(calls).Soon();
        Assert.Equal([1, 2, 3], answers);
    }

    [Theory]
    [InlineData("throws-in-constructor")]
    [InlineData("throws-in-activation")]
    [InlineData("throws-late-in-activation")]
    public async Task A_failed_activation_fails_the_calls_that_wait_and_the_next_call_tries_again(string key)
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe);
        var calls = Enumerable.Range(0, 3).Select(_ => host.Get<IState>(key).Add()).ToList();
        _probe["activation"].Open();
        foreach (var call in calls)
        {
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => call.Soon())).Message);
        }

        Assert.Empty(host.Node.ActivationCounts());
        _probe["mended"].Open();
        Assert.Equal(1, await host.Get<IState>(key).Add().Soon());
    }

    [Fact]
    public async Task An_activation_that_takes_too_long_has_its_token_cancelled()
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe, new() { LifecycleTimeout = TimeSpan.FromSeconds(5) });
        var call = host.Get<IState>("endless").Add();
        await _probe["activation"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(7));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
    }

    [Fact]
    public async Task A_grain_has_its_services_and_its_key_in_the_constructor()
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe);
        await host.Get<IState>("workspace/with space").Add().Soon();
        Assert.Equal("workspace/with space made", _probe.Log[0]);
    }

    [Fact]
    public async Task A_grain_that_is_not_registered_can_not_be_had()
    {
        await using var host = Hosts.Of<IState, StateGrain>(_probe);
        Assert.Contains("No grain class", Assert.Throws<InvalidOperationException>(() => host.Get<TurnTests.IWorker>("a")).Message);
        Assert.Throws<ArgumentException>(() => host.Get<IState>(""));
    }

    public interface IState : IGrainWithStringKey
    {
        Task<int> Add();
    }

    /// <summary>Holds callers that ask for a grain's place until all are there: each has then found no activation and is about to make one.</summary>
    private sealed class Crowd(int callers) : IOwnership, IDisposable
    {
        private readonly LocalOwnership _local = new();
        private readonly Barrier _barrier = new(callers);

        public ThreadLocal<bool> WaitOnce { get; } = new();

        public IReadOnlyList<int> Owned => _local.Owned;

        public event EventHandler<PartitionsChangedEventArgs>? Changed
        {
            add => _local.Changed += value;
            remove => _local.Changed -= value;
        }

        public PartitionOwner Owner(int partition)
        {
            if (WaitOnce.Value)
            {
                WaitOnce.Value = false;
                Assert.True(_barrier.SignalAndWait(TimeSpan.FromSeconds(20)));
            }

            return _local.Owner(partition);
        }

        public void Dispose()
        {
            _barrier.Dispose();
            WaitOnce.Dispose();
        }
    }

    public sealed class StateGrain : Grain, IState
    {
        private readonly Probe _probe;
        private int _count;

        public StateGrain(Probe probe)
        {
            _probe = probe;
            probe.Note($"{this.GetPrimaryKeyString()} made");
            Break("throws-in-constructor");
        }

        public override async Task OnActivateAsync(CancellationToken cancellationToken)
        {
            Break("throws-in-activation");
            switch (this.GetPrimaryKeyString())
            {
                case "slow" or "throws-late-in-activation":
                    await _probe["activation"].Pass();
                    Break("throws-late-in-activation");
                    break;
                case "endless":
                    _ = _probe["activation"].Pass();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    break;
            }

            _probe.Note($"{this.GetPrimaryKeyString()} active");
        }

        public Task<int> Add() => Task.FromResult(++_count);

        private void Break(string key)
        {
            if (this.GetPrimaryKeyString() == key && !_probe["mended"].IsOpen)
            {
                throw new InvalidOperationException("broken");
            }
        }
    }
}
