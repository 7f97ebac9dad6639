using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Troupe.Runtime;

namespace Troupe.Silo.Wire;

/// <summary>Nodes over real sockets: what calls come to when the way between them breaks.</summary>
public sealed class SocketTests
{
    [Fact]
    public async Task Calls_go_both_ways_with_large_payloads_between()
    {
        await using var left = new WireNode();
        await using var right = new WireNode();
        var large = new byte[10_000_000];
        new Random(1).NextBytes(large);
        var calls = Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? left : right).Call(i % 2 == 0 ? right : left, i % 40 == 0 ? large : [(byte)i]));
        foreach (var (i, answer) in (await Task.WhenAll(calls)).Index())
        {
            Assert.True((i % 40 == 0 ? large : [(byte)i]).AsSpan().SequenceEqual(answer.Raw[0].Span), $"call {i}");
        }
    }

    [Fact]
    public async Task A_name_is_an_address_with_the_port_that_was_bound_and_never_the_same_twice()
    {
        await using var one = new WireNode();
        await using var two = new WireNode();
        Assert.Matches("^127\\.0\\.0\\.1:[1-9][0-9]+/[0-9a-f]{12}$", one.Name);
        Assert.NotEqual(one.Name.Split('/')[1], two.Name.Split('/')[1]);
    }

    [Fact]
    public async Task Where_nobody_listens_any_more_a_call_is_refused_at_once()
    {
        await using var left = new WireNode();
        await using var right = new WireNode();
        await left.Call(right);
        await right.Stop();
        var clock = Stopwatch.StartNew();
        while (await Record.ExceptionAsync(() => left.Call(right)) is var fault && !left.Unreachable.Task.IsCompleted)
        {
            Assert.IsType<CallRefusedException>(fault);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5));
        }

        Assert.Equal(UnreachableReason.NoAnswer, await left.Unreachable.Task);
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_frame_ends_the_call_and_the_next_one_opens_another()
    {
        await using var left = new WireNode();
        await using var right = new WireNode();
        using (var proxy = new CuttingProxy(right.EndPoint, after: 100_000, closes: true))
        {
            left.Through = proxy.EndPoint;
            var fault = await Assert.ThrowsAnyAsync<SiloUnavailableException>(() => left.Call(right, new byte[1_000_000]));
            Assert.IsNotType<CallRefusedException>(fault);
            Assert.Equal(UnreachableReason.Lost, await left.Unreachable.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        left.Through = null;
        RemoteAnswer? answer = null;
        while (answer is null)
        {
            answer = await Answer(left.Call(right)); // refused for the moment it waits after a failure
        }

        Assert.Equal("1", Encoding.UTF8.GetString(answer.Result.Span));
    }

    [Fact]
    public async Task A_way_that_drops_everything_ends_the_calls_in_flight_within_two_seconds()
    {
        await using var left = new WireNode();
        await using var right = new WireNode(receive: async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => { }, TaskScheduler.Default);
            return new(default);
        });
        using var proxy = new CuttingProxy(right.EndPoint, after: 20_000, closes: false);
        left.Through = proxy.EndPoint;
        var calls = Enumerable.Range(0, 10).Select(_ => left.Call(right, new byte[1_000])).ToList();
        calls.Add(left.Call(right, new byte[50_000]));
        await proxy.Cut;
        var clock = Stopwatch.StartNew();
        foreach (var call in calls)
        {
            var fault = await Assert.ThrowsAnyAsync<SiloUnavailableException>(() => call);
            Assert.Contains("may have run", fault.Message, StringComparison.Ordinal);
        }

        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 3); // two, and one for a busy machine
        Assert.Equal(UnreachableReason.Silent, await left.Unreachable.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_on_both_sides_with_a_line_and_the_secret_in_none()
    {
        await using var left = new WireNode(secret: "another secret of thirty-two signs");
        await using var right = new WireNode();
        await Assert.ThrowsAsync<CallRefusedException>(() => left.Call(right));
        Assert.Contains(left.Log, line => line.Contains("can't be talked to: the proof does not fit", StringComparison.Ordinal));
        Assert.Contains(right.Log, line => line.Contains("was refused", StringComparison.Ordinal));
        Assert.DoesNotContain(left.Log.Concat(right.Log), line => line.Contains("thirty-two", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("\u00ff\u00ff\u00ff\u007f")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0")] // the begin of TLS
    public async Task A_stranger_is_dropped_without_a_word(string said)
    {
        await using var node = new WireNode(options: new() { HelloTimeout = TimeSpan.FromSeconds(1) });
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(node.EndPoint);
        await stranger.GetStream().WriteAsync(Encoding.Latin1.GetBytes(said));
        Assert.Equal(0, await Read(stranger));
        Assert.Contains("was dropped", Assert.Single(node.Log), StringComparison.Ordinal);
    }

    private static async Task<int> Read(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[100]).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
            return 0; // reset: it was not even read to the end
        }
    }

    private static async Task<RemoteAnswer?> Answer(Task<RemoteAnswer> call)
    {
        try
        {
            return await call;
        }
        catch (CallRefusedException)
        {
            return null;
        }
    }
}
