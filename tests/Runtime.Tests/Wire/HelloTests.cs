using System.Text;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Who is let in, who is not, and what each of them learns.</summary>
public sealed class HelloTests : IAsyncLifetime
{
    private const string Left = "10.0.0.1:1/left";
    private const string Right = "10.0.0.2:2/right";
    private const string RightAddress = "10.0.0.2:2";

    private readonly PipeNet _net = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _net.Close();

    [Fact]
    public async Task Whoever_speaks_the_written_protocol_and_knows_the_secret_is_let_in_and_served()
    {
        _net.Node(Right);
        var bare = _net.Knock(RightAddress);
        Assert.Equal(4, (await bare.Knock(Right)).Type);
        await bare.Write(20);
        Assert.Equal(21, (await bare.Read()).Type);
        await bare.Write(16, Bare.Call(7, "[1]"));
        var answer = await bare.Read();
        Assert.Equal((17, 7L), (answer.Type, Bare.Id(answer.Body)));
        Assert.EndsWith("[1]", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_by_the_one_called()
    {
        _net.Node(Right);
        var left = _net.Node(Left, secret: "another secret of thirty-two signs");
        var fault = await Assert.ThrowsAsync<CallRefusedException>(() => Send(left));
        Assert.Contains("does not fit this cluster's secret", fault.Message, StringComparison.Ordinal);
        Assert.Contains(_net.Log.All, line => line.StartsWith("A connection from near was refused: the proof", StringComparison.Ordinal));
        Assert.Contains(_net.Log.All, line => line.Contains("can't be talked to", StringComparison.Ordinal));
        Assert.DoesNotContain(_net.Log.All, line =>
            line.Contains("signs", StringComparison.Ordinal) || line.Contains(PipeNet.Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("another secret of thirty-two signs", "troupe acceptor")]
    [InlineData(PipeNet.Secret, "troupe opener")] // the caller's own proof sent back
    public async Task One_who_can_not_prove_that_it_knows_the_secret_is_not_called(string secret, string role)
    {
        var playing = _net.Play(RightAddress);
        var call = Send(_net.Node(Left));
        var bare = await playing.Soon();
        await bare.Welcome(secret, role);
        var fault = await Assert.ThrowsAsync<CallRefusedException>(() => call);
        Assert.Contains("does not know the cluster's secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_restarted_under_the_same_address_is_not_taken_for_the_old_one()
    {
        _net.Node("10.0.0.2:2/younger");
        var left = _net.Node(Left);
        var seen = new TaskCompletionSource<NodeUnreachableEventArgs>();
        left.NodeUnreachable += (_, e) => seen.TrySetResult(e);
        var fault = await Assert.ThrowsAsync<CallRefusedException>(() => Send(left));
        Assert.Contains("this is 10.0.0.2:2/younger, not 10.0.0.2:2/right", fault.Message, StringComparison.Ordinal);
        Assert.Equal((Right, UnreachableReason.Replaced), ((await seen.Task.Soon()).Node, (await seen.Task).Reason));
    }

    [Fact]
    public async Task A_refusal_that_anybody_could_have_written_is_no_news_of_the_node()
    {
        var playing = _net.Play(RightAddress);
        var left = _net.Node(Left);
        var seen = 0;
        left.NodeUnreachable += (_, _) => seen++;
        var call = Send(left);
        var bare = await playing.Soon();
        await bare.Read();
        await bare.Write(5, [3], Bare.Text("this is another"), new byte[32]);
        await Assert.ThrowsAsync<CallRefusedException>(() => call);
        Assert.Equal(0, seen);
        Assert.DoesNotContain(_net.Log.All, line => line.Contains(nameof(UnreachableReason.Replaced), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(9, 9, 5)] // a version this program does not know yet, and no older one
    [InlineData(9, 1, 4)] // a later program that still speaks ours
    [InlineData(0, 0, 5)]
    public async Task Versions_meet_where_they_can_and_part_with_a_clear_word(byte highest, byte lowest, byte expected)
    {
        _net.Node(Right);
        var (type, body) = await _net.Knock(RightAddress).Knock(Right, highest: highest, lowest: lowest);
        Assert.Equal(expected, type);
        if (expected == 5)
        {
            Assert.Contains("speaks versions 1 to 1", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\u0005\0\0\0\u0001abcd")]
    [InlineData("\u0005\0\0\0\u0010abcd")] // a call without a hello
    [InlineData("\u0001\u0004\0\0")] // 1,025 bytes
    [InlineData("\0\0\0\0")]
    public async Task A_stranger_is_dropped_with_a_line_and_not_a_word(string said)
    {
        _net.Node(Right);
        var bare = _net.Knock(RightAddress);
        await bare.Send(Encoding.Latin1.GetBytes(said));
        Assert.True(await bare.IsClosed());
        Assert.StartsWith("A connection from near was dropped: ", Assert.Single(_net.Log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_bytes_are_dropped()
    {
        var right = _net.Node(Right);
        for (var seed = 0; seed < 200; seed++)
        {
            var bytes = new byte[2_000];
            new Random(seed).NextBytes(bytes);
            var bare = _net.Knock(RightAddress);
            await bare.Send(bytes);
            Assert.True(await bare.IsClosed(), $"seed {seed}");
        }

        Assert.Equal("1", await Answer(right));
    }

    [Fact]
    public async Task Whoever_says_nothing_is_dropped_in_time_and_the_many_who_do_so_are_bounded()
    {
        var options = new WireOptions { Strangers = 3 };
        var right = _net.Node(Right, options: options);
        var silent = Enumerable.Range(0, 3).Select(_ => _net.Knock(RightAddress)).ToList();
        await silent[0].Send([40, 0, 0]); // and one who is slow
        var fourth = _net.Knock(RightAddress);
        await Hosts.Until(() => _net.Log.All.Any(line => line.Contains("too many", StringComparison.Ordinal)));
        _net.Clock.Advance(options.HelloTimeout);
        Assert.All(await Task.WhenAll(silent.Select(one => one.IsClosed())), Assert.True);
        Assert.Equal(3, _net.Log.All.Count(line => line.EndsWith("it did not show who it is within 3 s.", StringComparison.Ordinal)));
        Assert.Equal("1", await Answer(right));
    }

    [Fact]
    public async Task Frames_of_unknown_types_are_skipped_and_broken_ones_end_the_connection()
    {
        _net.Node(Right);
        var bare = _net.Knock(RightAddress);
        await bare.Knock(Right);
        await bare.Write(200, [1, 2, 3]);
        await bare.Write(16, [.. Bare.Call(1, "[]")]);
        Assert.Equal(17, (await bare.Read()).Type);
        await bare.Write(16, [1, 2, 3]);
        Assert.True(await bare.IsClosed());
        Assert.Contains(_net.Log.All, line => line.StartsWith("A connection from 10.0.0.9:1/bare was dropped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_has_not_joined_yet_refuses_and_is_not_taken_for_another()
    {
        var playing = _net.Play(RightAddress);
        await using var starting = new Mesh(_net, new(PipeNet.Secret), new(), _net.Clock, _net.Log);
        await Assert.ThrowsAsync<CallRefusedException>(async () => await starting.Send(Left, Call(), default));
        var (near, far) = PipeLine.Pair();
        _ = starting.Serve("near", _ => new(far));
        var refused = await new Bare(near).Knock(Right);
        Assert.Equal((5, 4), (refused.Type, refused.Body[0]));
        Assert.False(playing.IsCompleted);
    }

    /// <summary>What an honest node hears of it.</summary>
    private async Task<string> Answer(Mesh right)
    {
        Assert.Equal(Right, right.Self);
        return Encoding.UTF8.GetString((await _net.Node(Left).Send(Right, Call(), default).AsTask().Soon()).Result.Span);
    }

    private static Task<RemoteAnswer> Send(Mesh from) => from.Send(Right, Call(), default).AsTask().Soon();

    private static RemoteCall Call() => new(new("G", "w/1"), "I", "M", "1"u8.ToArray(), TimeSpan.FromSeconds(30), OneWay: false);
}
