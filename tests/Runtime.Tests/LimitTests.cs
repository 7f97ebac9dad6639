using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Time-outs, cancellation and overload.</summary>
public sealed class LimitTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task A_call_that_takes_too_long_ends_for_its_caller_and_not_before()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        var grain = host.Get<ISlow>("a");
        var running = grain.Hold("1");
        var waiting = grain.Hold("2");
        await _probe["1"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.False(running.IsCompleted);
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("ISlow.Hold of SlowGrain/a", (await Assert.ThrowsAsync<TimeoutException>(() => running.Soon())).Message);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting.Soon());
        _probe["1"].Open();
    }

    [Fact]
    public async Task A_call_that_ran_out_of_time_before_it_began_never_begins()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        var grain = host.Get<ISlow>("a");
        var running = grain.Hold("1");
        var waiting = grain.Hold("2");
        await _probe["1"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAll(running, waiting).Soon());
        var next = grain.Echo("x");
        _probe["1"].Open(); // the call goes on although its caller left, and those behind it get their turn
        Assert.Equal("x", await next.Soon());
        Assert.Equal(["1 begins", "1 ends"], _probe.Log);
    }

    [Fact]
    public async Task A_call_to_a_grain_that_blocks_its_thread_runs_out_of_time_as_well()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        var call = host.Get<ISlow>("a").Block();
        await _probe["block"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        _probe["block"].Open();
    }

    [Fact]
    public async Task A_time_out_cancels_the_token_of_the_method()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        var call = host.Get<ISlow>("a").WaitForCancel(CancellationToken.None);
        await _probe["wait"].Reached;
        host.Clock.Advance(TimeSpan.FromSeconds(32));
        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
        await _probe["cancelled"].Reached;
    }

    [Fact]
    public async Task Cancelling_ends_the_call_for_its_caller_at_once_and_tells_the_method()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        using var cancel = new CancellationTokenSource();
        var call = host.Get<ISlow>("a").WaitForCancel(cancel.Token);
        await _probe["wait"].Reached;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        await _probe["cancelled"].Reached;
    }

    [Fact]
    public async Task A_call_cancelled_before_it_began_never_begins()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe);
        var grain = host.Get<ISlow>("a");
        var running = grain.Hold("1");
        await _probe["1"].Reached;
        using var cancel = new CancellationTokenSource();
        var waiting = grain.WaitForCancel(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.WaitForCancel(cancel.Token).Soon());
        _probe["1"].Open();
        await running.Soon();
        Assert.Equal("x", await grain.Echo("x").Soon());
        Assert.Equal(["1 begins", "1 ends"], _probe.Log);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_at_once_and_takes_calls_again_when_there_is_room()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe, new() { MailboxCalls = 3 });
        var grain = host.Get<ISlow>("a");
        var running = grain.Hold("1");
        var waiting = new[] { grain.Echo("2"), grain.Echo("3") };
        var refused = grain.Echo("4");
        Assert.True(refused.IsFaulted);
        Assert.Contains("3 calls waiting", (await Assert.ThrowsAsync<LimitExceededException>(() => refused)).Message);
        Assert.Equal("x", await host.Get<ISlow>("b").Echo("x").Soon());
        _probe["1"].Open();
        await Task.WhenAll([running, .. waiting]).Soon();
        Assert.Equal("5", await grain.Echo("5").Soon());
    }

    [Fact]
    public async Task Cancelled_calls_do_not_fill_a_mailbox()
    {
        await using var host = Hosts.Of<ISlow, SlowGrain>(_probe, new() { MailboxCalls = 2 });
        var grain = host.Get<ISlow>("a");
        var running = grain.Hold("1");
        using var cancel = new CancellationTokenSource();
        var waiting = grain.WaitForCancel(cancel.Token);
        await Assert.ThrowsAsync<LimitExceededException>(() => grain.Echo("x"));
        await cancel.CancelAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        var welcome = grain.Echo("x");
        _probe["1"].Open();
        Assert.Equal("x", await welcome.Soon());
        await running.Soon();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    public interface ISlow : IGrainWithStringKey
    {
        Task<string> Echo(string text);

        Task Hold(string gate);

        Task Block();

        Task WaitForCancel(CancellationToken cancel);
    }

    public sealed class SlowGrain(Probe probe) : Grain, ISlow
    {
        public Task<string> Echo(string text) => Task.FromResult(text);

        public async Task Hold(string gate)
        {
            probe.Note($"{gate} begins");
            await probe[gate].Pass();
            probe.Note($"{gate} ends");
        }

        public Task Block()
        {
            probe["block"].Pass().Wait(TimeSpan.FromSeconds(20));
            return Task.CompletedTask;
        }

        public async Task WaitForCancel(CancellationToken cancel)
        {
            probe.Note("wait begins");
            _ = probe["wait"].Pass();
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                _ = probe["cancelled"].Pass();
            }
        }
    }
}
