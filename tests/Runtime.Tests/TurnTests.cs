using Microsoft.Extensions.DependencyInjection;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>One turn at a time, one call at a time, in order; answers and exceptions.</summary>
public sealed class TurnTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task A_call_reaches_the_grain_and_its_answer_the_caller()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        Assert.Equal("a:hello", await host.Get<IWorker>("a").Echo("hello").Soon());
        Assert.Equal("b:hello", await host.Get<IWorker>("b").EchoValue("hello"));
        await host.Get<IWorker>("b").NothingValue();
    }

    [Fact]
    public async Task A_call_begins_only_after_the_one_before_has_ended()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var grain = host.Get<IWorker>("a");
        var first = grain.Hold("1");
        var second = grain.Hold("2");
        await _probe["1"].Reached;
        _probe["2"].Open();
        _probe["1"].Open();
        await Task.WhenAll(first, second).Soon();
        Assert.Equal(["1 begins", "1 ends", "2 begins", "2 ends"], _probe.Log);
    }

    [Fact]
    public async Task Calls_of_one_caller_run_in_order()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => host.Get<IWorker>("a").Note(i))).Soon();
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"{i}"), _probe.Log);
    }

    [Fact]
    public async Task Never_two_threads_at_once_however_many_call()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await host.Get<IWorker>("a").CountWithAwaits();
            }
        }));
        await Task.WhenAll(callers).Soon();
        Assert.Equal(1_600, await host.Get<IWorker>("a").Count());
        Assert.Empty(_probe.Log);
    }

    [Fact]
    public async Task What_follows_an_await_is_back_in_the_grain_unless_it_asked_to_leave()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        Assert.Equal("in in out out in", await host.Get<IWorker>("a").Whereabouts().Soon());
    }

    [Fact]
    public async Task An_exception_reaches_the_caller_and_the_grain_goes_on()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var grain = host.Get<IWorker>("a");
        Assert.Equal("at once", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.ThrowAtOnce().Soon())).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<ArgumentException>(() => grain.ThrowLater().Soon())).Message);
        Assert.Equal("a:x", await grain.Echo("x").Soon());
    }

    [Fact]
    public async Task Nobody_waits_for_a_one_way_call()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var grain = host.Get<IWorker>("a");
        Assert.True(grain.Tell("1").IsCompletedSuccessfully);
        await _probe["1"].Reached;
        Assert.True(grain.TellAndThrow().IsCompletedSuccessfully);
        _probe["1"].Open();
        Assert.Equal("a:x", await grain.Echo("x").Soon());
        Assert.Equal(["1 begins", "1 ends", "threw"], _probe.Log);
    }

    [Fact]
    public async Task An_exception_in_code_nobody_awaits_harms_nobody()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        await host.Get<IWorker>("a").ForgetAThrow().Soon();
        Assert.Equal("a:x", await host.Get<IWorker>("a").Echo("x").Soon());
    }

    [Fact]
    public async Task What_a_turn_leaves_in_an_AsyncLocal_is_not_seen_by_the_next()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var grain = host.Get<IWorker>("a");
        var calls = Enumerable.Range(0, 20).Select(_ => grain.SwapAmbient()).ToList(); // queued together, so that they share a slice of the thread
        Assert.All(await Task.WhenAll(calls).Soon(), Assert.Null);
    }

    [Fact]
    public async Task A_busy_grain_lets_others_have_the_thread()
    {
        // Each node has its own slices, the thread pool is shared: more spinning grains than threads must not keep one quiet grain from answering.
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        var spinning = Enumerable.Range(0, 64).Select(i => host.Get<IWorker>($"busy{i}").YieldUntilOpen("stop")).ToList();
        Assert.Equal("quiet:x", await host.Get<IWorker>("quiet").Echo("x").Soon());
        _probe["stop"].Open();
        await Task.WhenAll(spinning).Soon();
    }

    [Fact]
    public async Task References_are_equal_when_they_mean_the_same_grain()
    {
        await using var host = Hosts.Of<IWorker, WorkerGrain>(_probe);
        Assert.Equal(host.Get<IWorker>("a"), host.Get<IWorker>("a"));
        Assert.NotEqual(host.Get<IWorker>("a"), host.Get<IWorker>("b"));
        Assert.Equal("WorkerGrain/a", host.Get<IWorker>("a").ToString());
    }

    [Fact]
    public void What_can_not_be_a_grain_is_refused_at_start()
    {
        Assert.Contains("must return", Refused<INotATask, NotATaskGrain>());
        Assert.Contains("twice", Refused<IOverloaded, OverloadedGrain>());
        Assert.Contains("interface that the class implements", Refused<IWorker, NotATaskGrain>());
        Assert.Contains("one-way", Refused<IOneWayResult, OneWayResultGrain>());
        Assert.Contains("not a grain class", Refused<IWorker, Probe>());

        static string Refused<TInterface, TClass>() =>
            Assert.Throws<InvalidOperationException>(() => Hosts.Of<TInterface, TClass>(new())).Message;
    }

    public interface IWorker : IGrainWithStringKey
    {
        Task<string> Echo(string text);

        ValueTask<string> EchoValue(string text);

        ValueTask NothingValue();

        Task Hold(string gate);

        Task Note(int number);

        Task CountWithAwaits();

        Task<int> Count();

        Task<string> Whereabouts();

        Task ThrowAtOnce();

        Task ThrowLater();

        [OneWay]
        Task Tell(string gate);

        [OneWay]
        Task TellAndThrow();

        Task ForgetAThrow();

        Task<string?> SwapAmbient();

        Task YieldUntilOpen(string gate);
    }

    public sealed class WorkerGrain(Probe probe) : Grain, IWorker
    {
        private static readonly AsyncLocal<string?> s_ambient = new();
        private int _count;
        private int _inside;

        public Task<string> Echo(string text) => Task.FromResult($"{this.GetPrimaryKeyString()}:{text}");

        public async ValueTask<string> EchoValue(string text)
        {
            await Task.Yield();
            return $"{this.GetPrimaryKeyString()}:{text}";
        }

        public ValueTask NothingValue() => default;

        public async Task Hold(string gate)
        {
            probe.Note($"{gate} begins");
            await probe[gate].Pass();
            probe.Note($"{gate} ends");
        }

        public Task Note(int number)
        {
            probe.Note($"{number}");
            return Task.CompletedTask;
        }

        public async Task CountWithAwaits()
        {
            if (Interlocked.Increment(ref _inside) != 1)
            {
                probe.Note("another call is inside");
            }

            var was = _count;
            await Task.Yield();
            await Task.Run(() => { });
            _count = was + 1;
            Interlocked.Decrement(ref _inside);
        }

        public Task<int> Count() => Task.FromResult(_count);

        public async Task<string> Whereabouts()
        {
            var context = SynchronizationContext.Current;
            string Where() => SynchronizationContext.Current == context ? "in" : "out";
            await Task.Yield();
            var yielded = Where();
            await Task.Run(() => { });
            var ran = Where();
            var inside = await Task.Run(Where);
            var left = await Leave();
            return $"{yielded} {ran} {inside} {left} {Where()}";

            async Task<string> Leave()
            {
                await Task.Run(() => { }).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                return Where();
            }
        }

        public Task ThrowAtOnce() => throw new InvalidOperationException("at once");

        public async Task ThrowLater()
        {
            await Task.Yield();
#pragma warning disable MA0015, CA2208 // the message is what the test looks at
            throw new ArgumentException("later");
#pragma warning restore MA0015, CA2208
        }

        public Task Tell(string gate) => Hold(gate);

        public Task TellAndThrow()
        {
            probe.Note("threw");
            throw new InvalidOperationException();
        }

        public async Task ForgetAThrow()
        {
            Forgotten();
            await Task.Yield();

#pragma warning disable MA0147, MA0155, VSTHRD100 // async void is the point
            static async void Forgotten()
            {
                await Task.Yield();
                throw new InvalidOperationException("forgotten");
            }
#pragma warning restore MA0147, MA0155, VSTHRD100
        }

        public Task<string?> SwapAmbient()
        {
            var was = s_ambient.Value;
            s_ambient.Value = "left behind";
            return Task.FromResult(was);
        }

        public async Task YieldUntilOpen(string gate)
        {
            var open = probe[gate].Pass();
            while (!open.IsCompleted)
            {
                await Task.Yield();
            }
        }
    }

    public interface INotATask : IGrainWithStringKey
    {
        int Number();
    }

    public sealed class NotATaskGrain : Grain, INotATask
    {
        public int Number() => 1;
    }

    public interface IOverloaded : IGrainWithStringKey
    {
        Task Do(int number);

        Task Do(string text);
    }

    public sealed class OverloadedGrain : Grain, IOverloaded
    {
        public Task Do(int number) => Task.CompletedTask;

        public Task Do(string text) => Task.CompletedTask;
    }

    public interface IOneWayResult : IGrainWithStringKey
    {
        [OneWay]
        Task<int> Number();
    }

    public sealed class OneWayResultGrain : Grain, IOneWayResult
    {
        public Task<int> Number() => Task.FromResult(1);
    }
}
