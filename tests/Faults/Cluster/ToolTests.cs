using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Troupe.Tests;

/// <summary>The tools of the cluster's tests must themselves do what they say, or those tests prove nothing.</summary>
public sealed class ToolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_silent_wire_delivers_what_was_sent_once_it_passes_again()
    {
        using var echo = new Echo();
        await using var wire = new CutProxy(echo.Port);
        using var client = await Connect(wire.Port);
        Assert.Equal("one", await Say(client, "one"));

        wire.Silence();
        var two = Say(client, "two");
        using var late = await Connect(wire.Port);
        var three = Say(late, "tri");
        await Task.Delay(300); // the one thing to see here is that nothing comes
        Assert.False(two.IsCompleted || three.IsCompleted);

        wire.Pass();
        Assert.Equal("two", await two);
        Assert.Equal("tri", await three);
    }

    [Fact]
    public async Task A_wire_that_resets_breaks_old_connections_and_new_ones()
    {
        using var echo = new Echo();
        await using var wire = new CutProxy(echo.Port);
        using var client = await Connect(wire.Port);
        Assert.Equal("one", await Say(client, "one"));

        wire.Reset();
        await Assert.ThrowsAnyAsync<Exception>(() => Say(client, "two"));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Say(await Connect(wire.Port), "two"));

        wire.Pass();
        using var again = await Connect(wire.Port);
        Assert.Equal("two", await Say(again, "two"));
    }

    [Fact]
    public async Task The_front_passes_over_nodes_that_are_unready_or_gone_and_repeats_nothing()
    {
        await using var one = await Node.Start();
        await using var two = await Node.Start();
        var gone = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        await using var front = await FrontProxy.Start(() => [gone, one.Address, two.Address]);
        using var client = new HttpClient { BaseAddress = front.Address };
        Assert.Equal(2, front.Ready);
        await Answers(client, HttpStatusCode.OK, 10);
        Assert.True(one.Served > 0 && two.Served > 0, "one node got everything");

        one.IsReady = false;
        await Until(() => front.Ready == 1);
        var before = one.Served;
        await Answers(client, HttpStatusCode.OK, 10);
        Assert.Equal(before, one.Served);

        two.Breaks = true;
        await Answers(client, HttpStatusCode.BadGateway, 1);
        await two.DisposeAsync();
        await Answers(client, HttpStatusCode.ServiceUnavailable, 1);
        Assert.Equal(21, one.Served + two.Served); // the broken one reached one node, once
    }

    [SmallDiskFact]
    public async Task A_small_disk_is_full_until_it_is_freed()
    {
        using var disk = SmallDisk.TryMount(2)!;
        var file = Path.Combine(disk.Path, "file");
        disk.Fill();
        await Assert.ThrowsAsync<IOException>(() => File.WriteAllBytesAsync(file, new byte[8_192]));
        disk.Free();
        await File.WriteAllBytesAsync(file, new byte[8_192]);
    }

    private static async Task Answers(HttpClient client, HttpStatusCode expected, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var answer = await client.PostAsync(new Uri("/anything?x=1", UriKind.Relative), new StringContent("hello"));
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task<Socket> Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task<string> Say(Socket socket, string word)
    {
        using var limit = new CancellationTokenSource(Patience);
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(word), limit.Token);
        var heard = new byte[word.Length];
        await new NetworkStream(socket).ReadExactlyAsync(heard, limit.Token);
        return System.Text.Encoding.ASCII.GetString(heard);
    }

    /// <summary>Answers each connection with what it says.</summary>
    private sealed class Echo : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Echo()
        {
            _listener.Start();
            _ = Accept();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();

        private async Task Accept()
        {
            for (; ; )
            {
                var stream = (await _listener.AcceptTcpClientAsync()).GetStream();
                _ = stream.CopyToAsync(stream);
            }
        }
    }

    /// <summary>A node as the front sees it.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Node(WebApplication app) => _app = app;

        public Uri Address { get; private set; } = null!;

        public bool IsReady { get; set; } = true;

        public bool Breaks { get; set; }

        public int Served { get; private set; }

        public static async Task<Node> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var node = new Node(builder.Build());
            node._app.Run(node.Answer);
            await node._app.StartAsync();
            node.Address = new(node._app.Urls.First());
            return node;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private Task Answer(HttpContext context)
        {
            if (context.Request.Path == "/health/ready")
            {
                context.Response.StatusCode = IsReady ? 200 : 503;
                return Task.CompletedTask;
            }

            Served++;
            if (Breaks)
            {
                context.Abort();
            }

            return context.Response.WriteAsync("served");
        }
    }
}
