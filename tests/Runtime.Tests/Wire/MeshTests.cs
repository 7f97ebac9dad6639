using System.Collections.Concurrent;
using System.Text;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Calls between two nodes, over pipes.</summary>
public sealed class MeshTests : IAsyncLifetime
{
    private const string Left = "10.0.0.1:1/left";
    private const string Right = "10.0.0.2:2/right";

    private readonly PipeNet _net = new();
    private readonly ConcurrentQueue<NodeUnreachableEventArgs> _unreachable = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _net.Close();

    [Fact]
    public async Task A_call_goes_over_and_its_answer_comes_back()
    {
        _net.Node(Right);
        var left = LeftNode();
        byte[] large = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 7))];
        var answer = await left.Send(Right, Call("\"hello\"") with { Raw = [large, new byte[] { 1 }, default] }, default).AsTask().Soon();
        Assert.Equal("\"hello\"", Text(answer));
        Assert.Equal([large, [1], []], answer.Raw.Select(raw => raw.ToArray()));
        Assert.Equal(1, _net.Dials);
    }

    [Fact]
    public async Task Answers_come_in_any_order_and_calls_keep_theirs_even_while_connecting()
    {
        var (first, seen) = (new TaskCompletionSource<RemoteAnswer>(), new ConcurrentQueue<string>());
        _net.Node(Right, (call, _) =>
        {
            seen.Enqueue(Encoding.UTF8.GetString(call.Arguments.Span));
            return seen.Count == 1 ? new(first.Task) : new(new RemoteAnswer(call.Arguments.ToArray()));
        });
        var left = LeftNode();
        var calls = Enumerable.Range(0, 500).Select(i => left.Send(Right, Call($"{i}"), default).AsTask()).ToList();
        await Task.WhenAll(calls[1..]).Soon();
        Assert.False(calls[0].IsCompleted);
        first.SetResult(new("0"u8.ToArray()));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), (await Task.WhenAll(calls).Soon()).Select(Text));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), seen);
    }

    [Fact]
    public async Task A_fault_crosses_and_names_the_exception()
    {
        _net.Node(Right, (_, _) => new(new RemoteAnswer(default, new("System.Exception", new string('x', 10_000)))));
        var answer = await LeftNode().Send(Right, Call("1"), default).AsTask().Soon();
        Assert.Equal(("System.Exception", 4_000), (answer.Fault?.Type, answer.Fault?.Message.Length));
    }

    [Fact]
    public async Task A_caller_that_waits_no_more_ends_at_once_and_the_other_side_is_told()
    {
        var told = new TaskCompletionSource();
        _net.Node(Right, async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => told.TrySetResult(), TaskScheduler.Default);
            return new(default);
        });
        var left = LeftNode();
        using var cancel = new CancellationTokenSource();
        var call = left.Send(Right, Call("1"), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await left.Send(Right, Call("1"), cancel.Token));
        await told.Task.Soon();
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_the_connection_stays()
    {
        var options = new WireOptions { FrameBytes = 1_000_000 };
        _net.Node(Right, (call, _) => new(new RemoteAnswer(call.Arguments.ToArray()) { Raw = [new byte[call.Raw.Count > 0 ? 1_000_000 : 1]] }), options);
        var left = LeftNode(options);
        await Assert.ThrowsAsync<LimitExceededException>(async () => await left.Send(Right, Call("1") with { Raw = [new byte[1_000_000]] }, default));
        var answer = await left.Send(Right, Call("1") with { Raw = [new byte[1]] }, default).AsTask().Soon();
        Assert.Equal(typeof(LimitExceededException).FullName, answer.Fault?.Type);
        Assert.Equal("2", Text(await left.Send(Right, Call("2"), default).AsTask().Soon()));
        Assert.Equal(1, _net.Dials);
    }

    [Fact]
    public async Task Calls_beyond_the_bytes_in_flight_wait_in_order_and_those_beyond_that_are_refused()
    {
        var (gate, seen) = (new TaskCompletionSource(), new ConcurrentQueue<string>());
        _net.Node(Right, async (call, _) =>
        {
            seen.Enqueue(Encoding.UTF8.GetString(call.Arguments.Span));
            await gate.Task;
            return new(call.Raw[0].ToArray());
        });
        var left = LeftNode(new() { InFlightBytes = 250_000, WaitingCalls = 3 });
        using var cancel = new CancellationTokenSource();
        Task<RemoteAnswer> Send(string name, CancellationToken token = default) =>
            left.Send(Right, Call(name) with { Raw = [new byte[100_000]] }, token).AsTask();
        var calls = new[] { Send("1"), Send("2"), Send("3"), Send("4", cancel.Token), Send("5") };
        var refused = await Assert.ThrowsAsync<LimitExceededException>(() => Send("6"));
        Assert.Contains("3 calls wait", refused.Message, StringComparison.Ordinal);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[3].Soon());
        await Hosts.Until(() => seen.Count == 2);
        gate.SetResult();
        await Task.WhenAll(calls[0], calls[1], calls[2], calls[4]).Soon();
        Assert.Equal(["1", "2", "3", "5"], seen);
    }

    [Fact]
    public async Task A_call_larger_than_all_the_room_goes_alone()
    {
        _net.Node(Right);
        var left = LeftNode(new() { InFlightBytes = 10 });
        var calls = Enumerable.Range(0, 5).Select(i => left.Send(Right, Call($"{i}") with { Raw = [new byte[100_000]] }, default).AsTask());
        Assert.Equal(["0", "1", "2", "3", "4"], (await Task.WhenAll(calls).Soon()).Select(Text));
    }

    [Fact]
    public async Task A_side_that_takes_no_answers_brings_no_further_calls()
    {
        var seen = 0;
        _net.Node(Right, (_, _) =>
        {
            Interlocked.Increment(ref seen);
            return new(new RemoteAnswer(default) { Raw = [new byte[200_000]] });
        }, new() { InFlightBytes = 1_000_000 });
        var bare = _net.Knock("10.0.0.2:2");
        Assert.Equal(4, (await bare.Knock(Right)).Type);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                await bare.Write(16, Bare.Call(i, "[]"));
            }
        });

        await Hosts.Until(() => Volatile.Read(ref seen) >= 5);
        for (var read = 0; read < 30; read++)
        {
            Assert.InRange(Volatile.Read(ref seen), 0, read + 8); // no more than the limit is ahead of what is read
            Assert.Equal(17, (await bare.Read()).Type);
        }

        await writing.Soon();
        Assert.Equal(30, seen);
    }

    [Fact]
    public async Task Where_nobody_listens_a_call_is_refused_at_once_and_tried_again_after_a_while()
    {
        var left = LeftNode();
        await Assert.ThrowsAsync<CallRefusedException>(() => left.Send(Right, Call("1"), default).AsTask().Soon());
        await Hosts.Until(() => !_unreachable.IsEmpty);
        Assert.Equal((Right, UnreachableReason.NoAnswer), (_unreachable.Single().Node, _unreachable.Single().Reason));

        await Assert.ThrowsAsync<CallRefusedException>(async () => await left.Send(Right, Call("1"), default));
        Assert.Equal(1, _net.Dials);

        _net.Node(Right);
        _net.Clock.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal("2", Text(await left.Send(Right, Call("2"), default).AsTask().Soon()));
        Assert.Equal(2, _net.Dials);
    }

    [Fact]
    public async Task When_the_connection_breaks_calls_that_went_out_have_an_unknown_fate_and_those_that_waited_are_refused()
    {
        var playing = _net.Play("10.0.0.2:2");
        var left = LeftNode(new() { InFlightBytes = 100_000 });
        var (sent, waiting) = (left.Send(Right, Call("1") with { Raw = [new byte[80_000]] }, default).AsTask(),
            left.Send(Right, Call("2") with { Raw = [new byte[80_000]] }, default).AsTask());
        var right = await playing.Soon();
        await right.Welcome();
        Assert.Equal(16, (await right.ReadCall()).Type);
        right.Close();
        var fault = await Assert.ThrowsAsync<SiloUnavailableException>(() => sent.Soon());
        Assert.Contains("may have run", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CallRefusedException>(() => waiting.Soon());
        await Hosts.Until(() => !_unreachable.IsEmpty);
        Assert.Equal(UnreachableReason.Lost, _unreachable.Single().Reason);
    }

    [Fact]
    public async Task Silence_ends_the_calls_in_flight_within_two_seconds()
    {
        var playing = _net.Play("10.0.0.2:2");
        var call = LeftNode().Send(Right, Call("1"), default).AsTask();
        var right = await playing.Soon();
        await right.Welcome();
        Assert.Equal(16, (await right.ReadCall()).Type);
        for (var i = 0; i < 8 && !call.IsCompleted; i++)
        {
            _net.Clock.Advance(TimeSpan.FromMilliseconds(250));
        }

        var fault = await Assert.ThrowsAsync<SiloUnavailableException>(() => call.Soon());
        Assert.Contains("may have run", fault.Message, StringComparison.Ordinal);
        await Hosts.Until(() => !_unreachable.IsEmpty);
        Assert.Equal(UnreachableReason.Silent, _unreachable.Single().Reason);
    }

    [Fact]
    public async Task A_slow_grain_is_not_silent_since_the_connection_answers_for_it()
    {
        var playing = _net.Play("10.0.0.2:2");
        var left = LeftNode();
        var slow = left.Send(Right, Call("1"), default).AsTask();
        var right = await playing.Soon();
        await right.Welcome();
        var id = Bare.Id((await right.ReadCall()).Body);
        for (var i = 0; i < 40; i++)
        {
            _net.Clock.Advance(TimeSpan.FromMilliseconds(250));
            Assert.Equal(20, (await right.Read()).Type);
            await right.Write(21);
            var quick = left.Send(Right, Call("2"), default).AsTask(); // its answer shows that the pong was read
            await right.Write(17, Bare.Answer(Bare.Id((await right.Read()).Body), "2"));
            await quick.Soon();
        }

        await right.Write(17, Bare.Answer(id, "1"));
        Assert.Equal("1", Text(await slow.Soon()));
    }

    [Fact]
    public async Task Its_own_pause_is_not_the_silence_of_others()
    {
        var playing = _net.Play("10.0.0.2:2");
        var call = LeftNode().Send(Right, Call("1"), default).AsTask();
        var right = await playing.Soon();
        await right.Welcome();
        var id = Bare.Id((await right.ReadCall()).Body);
        _net.Clock.Pause(TimeSpan.FromSeconds(20));
        _net.Clock.Advance(TimeSpan.FromMilliseconds(250));
        await right.Write(17, Bare.Answer(id, "1"));
        Assert.Equal("1", Text(await call.Soon()));
    }

    [Fact]
    public async Task A_node_that_leaves_gives_the_answers_it_owes_and_takes_no_more_calls()
    {
        var (gate, reached) = (new TaskCompletionSource(), new TaskCompletionSource());
        var right = _net.Node(Right, async (call, _) =>
        {
            reached.TrySetResult();
            await gate.Task;
            return new("1"u8.ToArray());
        });
        var left = LeftNode();
        var call = left.Send(Right, Call("1"), default).AsTask();
        await reached.Task.Soon();
        _net.Silence("10.0.0.2:2");
        var closing = right.Close();
        await Hosts.Until(() => Record.Exception(() => { _ = left.Send(Right, Call("2"), default).AsTask(); }) is null && _net.Dials > 1);
        Assert.False(call.IsCompleted);
        gate.SetResult();
        Assert.Equal("1", Text(await call.Soon()));
        await Hosts.Until(() =>
        {
            _net.Clock.Advance(TimeSpan.FromMilliseconds(10));
            return closing.IsCompleted;
        });
        Assert.DoesNotContain(_unreachable, seen => seen.Reason != UnreachableReason.NoAnswer);
    }

    private Mesh LeftNode(WireOptions? options = null)
    {
        var left = _net.Node(Left, options: options);
        left.NodeUnreachable += (_, seen) => _unreachable.Enqueue(seen);
        return left;
    }

    private static RemoteCall Call(string json) => new(new("G", "w/1"), "I", "M", Encoding.UTF8.GetBytes(json), TimeSpan.FromSeconds(30), OneWay: false);

    private static string Text(RemoteAnswer answer) => Encoding.UTF8.GetString(answer.Result.Span);
}
