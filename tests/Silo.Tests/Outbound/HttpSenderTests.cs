using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Troupe.Silo.Outbound;
using Troupe.Spinners;
using Troupe.Tests;

namespace Troupe.Silo.Tests.Outbound;

public class HttpSenderTests
{
    private const string Ok = "HTTP/1.1 200 OK\nContent-Type: application/json; charset=utf-8\nContent-Length: 2\nConnection: close\n\n{}";

    [Fact]
    public async Task A_request_goes_out_as_it_was_given()
    {
        var seen = "";
        await using var server = new RawServer(async (stream, stop) =>
        {
            seen = await RawServer.ReadRequest(stream, stop);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Ok.ReplaceLineEndings("\r\n")), stop);
        });
        var call = Call(server.Url + "a?b=%20c") with
        {
            Method = "PATCH",
            Body = "{\"x\":1}"u8.ToArray(),
            ContentType = "application/json",
            Headers = [new("X-A", "1"), new("Accept", "application/json"), new("Content-Language", "en")],
        };
        var answer = await Send(call, "127.0.0.1");
        Assert.Equal((200, "{}", "application/json; charset=utf-8", (string?)null), (answer.Status, Text(answer), answer.ContentType, answer.Error));
        var lines = seen.Split("\r\n");
        Assert.Equal("PATCH /a?b=%20c HTTP/1.1", lines[0]);
        Assert.Equal(
            ["Accept: application/json", "Content-Language: en", "Content-Length: 7", "Content-Type: application/json",
             $"Host: 127.0.0.1:{server.Port}", "Idempotency-Key: job/rec/step", $"User-Agent: Troupe/{Hosting.Server.Version}", "X-A: 1"],
            lines[1..^2].Where(l => !l.StartsWith("Accept-Encoding", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal("{\"x\":1}", lines[^1]);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://user:pw@127.0.0.1/")]
    [InlineData("http://user@127.0.0.1/")]
    [InlineData("http:///x")]
    [InlineData("http://")]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("http://exa mple/")]
    [InlineData("/relative")]
    [InlineData("")]
    public async Task Urls_that_may_not_be_called(string url) => Assert.Equal("url_invalid", (await Send(Call(url), "127.0.0.1")).Error);

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://127.0.0.1.:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://１２７.0.0.1:{0}/")]
    public async Task Loopback_is_refused_however_it_is_written(string url)
    {
        await using var server = RawServer.Http(Ok);
        var answer = await Send(Call(string.Format(null, url, server.Port)));
        Assert.True(answer is { Error: "address_refused" or "dns_failed" or "url_invalid" }, answer.Error);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_refusal_names_no_address()
    {
        using var sender = new HttpSender(new Guard([], (_, _) => Found("10.9.8.7")), TimeProvider.System);
        var answer = await sender.Send(Call("http://intern.example/"), default);
        Assert.Equal(("address_refused", false), (answer.Error, answer.Retryable));
        Assert.DoesNotContain("10.9", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_that_was_checked_is_the_one_that_is_called()
    {
        await using var inner = RawServer.Http(Ok);
        await using var outer = RawServer.Http(Ok, [], "127.0.0.2", inner.Port);
        var asked = 0;
        // The name shows an allowed address first and another one ever after.
        using var sender = new HttpSender(
            new Guard([AllowEntry.Parse("127.0.0.2")!], (_, _) => Found(asked++ == 0 ? "127.0.0.2" : "127.0.0.1")), TimeProvider.System);
        var url = $"http://rebind.example:{inner.Port}/";
        Assert.Equal(200, (await sender.Send(Call(url), default)).Status);
        Assert.Equal((1, 1, 0), (asked, outer.Connections, inner.Connections));
        Assert.Equal("address_refused", (await sender.Send(Call(url), default)).Error);
        Assert.Equal((2, 1, 0), (asked, outer.Connections, inner.Connections));
    }

    [Fact]
    public async Task Refused_addresses_of_a_name_are_passed_over()
    {
        await using var server = RawServer.Http(Ok, [], "127.0.0.2");
        await using var inner = RawServer.Http(Ok, [], "127.0.0.1", server.Port);
        using var sender = new HttpSender(
            new Guard([AllowEntry.Parse("127.0.0.2")!], (_, _) => Found("127.0.0.1", "64:ff9b::7f00:2", "127.0.0.2")), TimeProvider.System);
        Assert.Equal(200, (await sender.Send(Call($"http://two.example:{server.Port}/"), default)).Status);
        Assert.Equal(0, inner.Connections);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_an_answer(int status)
    {
        await using var target = RawServer.Http(Ok);
        await using var server = RawServer.Http($"HTTP/1.1 {status} Moved\nLocation: {target.Url}\nContent-Length: 0\n\n");
        Assert.Equal((status, null), await Brief(server));
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task Cookies_are_not_kept()
    {
        var requests = new List<string>();
        await using var server = new RawServer(async (stream, stop) =>
        {
            while (await RawServer.ReadRequest(stream, stop) is { Length: > 0 } request)
            {
                requests.Add(request);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
        });
        using var sender = Sender("127.0.0.1");
        await sender.Send(Call(server.Url), default);
        await sender.Send(Call(server.Url), default);
        Assert.Equal(2, requests.Count);
        Assert.DoesNotContain("Cookie", requests[1], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Sizes_are_bounded()
    {
        var full = new string('x', Limits.OutboundResponseBytes);
        await using var fits = RawServer.Http($"HTTP/1.1 200 OK\nContent-Length: {full.Length}\n\n{full}");
        Assert.Equal((200, null), await Brief(fits));
        await using var announced = RawServer.Http($"HTTP/1.1 200 OK\nContent-Length: {full.Length + 1}\n\n");
        Assert.Equal((0, "response_too_large"), await Brief(announced));
        await using var endless = RawServer.Http($"HTTP/1.1 200 OK\nConnection: close\n\n{full}x");
        Assert.Equal((0, "response_too_large"), await Brief(endless));
        await using var headers = RawServer.Http($"HTTP/1.1 200 OK\nX-Long: {new string('x', Limits.OutboundHeaderBytes)}\nContent-Length: 0\n\n");
        Assert.Equal((0, "response_too_large"), await Brief(headers));
    }

    [Fact]
    public async Task A_compressed_answer_is_bounded_by_what_it_unpacks_to()
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[64 * 1024 * 1024]);
        }

        await using var server = RawServer.Http($"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {packed.Length}\n\n", packed.ToArray());
        Assert.Equal((0, "response_too_large"), await Brief(server));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_in_time()
    {
        await using var silent = new RawServer((_, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var half = new RawServer(async (stream, stop) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        foreach (var url in new[] { silent.Url, half.Url, silent.Url.Replace("http:", "https:", StringComparison.Ordinal) })
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await Send(Call(url) with { Timeout = TimeSpan.FromMilliseconds(300) }, "127.0.0.1");
            Assert.Equal(("timed_out", true), (answer.Error, answer.Retryable));
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.25, 10);
        }
    }

    [Fact]
    public async Task A_resolver_that_hangs_is_given_up_in_time()
    {
        using var sender = new HttpSender(new Guard([], (_, _) => new TaskCompletionSource<IPAddress[]>().Task), TimeProvider.System);
        Assert.Equal("timed_out", (await sender.Send(Call("http://slow.example/") with { Timeout = TimeSpan.FromMilliseconds(200) }, default)).Error);
    }

    [Fact]
    public async Task Look_ups_at_a_time_are_bounded_and_an_abandoned_one_keeps_its_place()
    {
        var (asked, answer) = (0, new TaskCompletionSource<IPAddress[]>());
        using var sender = new HttpSender(
            new Guard([], (_, _) =>
            {
                Interlocked.Increment(ref asked);
                return answer.Task;
            }), TimeProvider.System);
        for (var round = 0; round < 2; round++)
        {
            var calls = Enumerable.Range(0, Limits.OutboundLookUps + 5)
                .Select(i => sender.Send(Call($"http://slow{i}.example/") with { Timeout = TimeSpan.FromMilliseconds(200) }, default).AsTask());
            Assert.All(await Task.WhenAll(calls), one => Assert.Equal("timed_out", one.Error));
            Assert.Equal(Limits.OutboundLookUps, asked);
        }

        answer.SetResult([IPAddress.Loopback]);
        Assert.Equal("address_refused", (await sender.Send(Call("http://again.example/"), default)).Error);
    }

    [Fact]
    public async Task A_dripping_answer_is_given_up_long_before_its_time_is_over()
    {
        var clock = new FakeClock();
        await using var server = new RawServer(async (stream, stop) =>
        {
            await RawServer.ReadRequest(stream, stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), stop);
            while (true)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await stream.WriteAsync("x"u8.ToArray(), stop);
                await Task.Delay(5, stop);
            }
        });
        using var sender = new HttpSender(new Guard([AllowEntry.Parse("127.0.0.1")!]), clock);
        var answer = await sender.Send(Call(server.Url) with { Timeout = TimeSpan.FromHours(1) }, default);
        Assert.Equal(("response_too_slow", true), (answer.Error, answer.Retryable));
        Assert.InRange((clock.GetUtcNow() - new FakeClock().GetUtcNow()).TotalSeconds, Limits.OutboundGraceSeconds, 600);
    }

    [Fact]
    public async Task Broken_servers_have_their_codes()
    {
        await using var closing = new RawServer((_, _) => Task.CompletedTask);
        Assert.Equal((0, "connection_lost"), await Brief(closing));
        await using var cut = RawServer.Http("HTTP/1.1 200 OK\nContent-Length: 10\n\nabc");
        Assert.Equal((0, "connection_lost"), await Brief(cut));
        await using var noise = RawServer.Http("SSH-2.0-OpenSSH_9\n\n");
        Assert.Equal((0, "response_invalid"), await Brief(noise));
        int free;
        await using (var gone = RawServer.Http(Ok))
        {
            free = gone.Port;
        }

        var answer = await Send(Call($"http://127.0.0.1:{free}/"), "127.0.0.1");
        Assert.Equal(("connect_failed", true), (answer.Error, answer.Retryable));
        using var nameless = new HttpSender(new Guard([], (_, _) => throw new SocketException((int)SocketError.HostNotFound)), TimeProvider.System);
        Assert.Equal("dns_failed", (await nameless.Send(Call("http://nowhere.example/"), default)).Error);
    }

    [Fact]
    public async Task TLS_is_checked()
    {
        var (certificate, trust) = RawServer.Certificate("localhost");
        using var _ = certificate;
        await using var server = new RawServer(async (stream, stop) =>
        {
            await using var secure = await RawServer.Secure(stream, certificate);
            await RawServer.ReadRequest(secure, stop);
            await secure.WriteAsync(Encoding.ASCII.GetBytes(Ok.ReplaceLineEndings("\r\n")), stop);
        });
        var guard = new Guard([AllowEntry.Parse("127.0.0.1")!], (_, _) => Found("127.0.0.1"));
        using var unknown = new HttpSender(guard, TimeProvider.System);
        var answer = await unknown.Send(Call($"https://localhost:{server.Port}/"), default);
        Assert.Equal(("tls_failed", false), (answer.Error, answer.Retryable));
        using var trusting = new HttpSender(guard, TimeProvider.System, trust);
        Assert.Equal(200, (await trusting.Send(Call($"https://localhost:{server.Port}/"), default)).Status);
        Assert.Equal("tls_failed", (await trusting.Send(Call($"https://other.example:{server.Port}/"), default)).Error);
    }

    [Theory]
    [InlineData("Retry-After: 90", 90)]
    [InlineData("Retry-After: Sun, 01 Mar 2026 12:01:30 GMT", 90)]
    [InlineData("Retry-After: Sun, 01 Mar 2020 12:01:30 GMT", 0)]
    [InlineData("Retry-After: soon", null)]
    [InlineData("X: 1", null)]
    public async Task Retry_after_is_heard(string header, int? seconds)
    {
        await using var server = RawServer.Http($"HTTP/1.1 429 Slow down\n{header}\nContent-Length: 0\n\n");
        using var sender = new HttpSender(new Guard([AllowEntry.Parse("127.0.0.1")!]), new FakeClock());
        var answer = await sender.Send(Call(server.Url), default);
        Assert.Equal((429, seconds), (answer.Status, (int?)answer.RetryAfter?.TotalSeconds));
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on()
    {
        using var stop = new CancellationTokenSource();
        await using var silent = new RawServer(async (stream, end) =>
        {
            await RawServer.ReadRequest(stream, end);
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, end);
        });
        using var sender = Sender("127.0.0.1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sender.Send(Call(silent.Url), stop.Token));
    }

    private static HttpCall Call(string url) => new("ws", "GET", url, [], null, null, "job/rec/step", TimeSpan.FromSeconds(30));

    private static HttpSender Sender(params string[] allow) => new(new Guard([.. allow.Select(a => AllowEntry.Parse(a)!)]), TimeProvider.System);

    private static async Task<StepAnswer> Send(HttpCall call, params string[] allow)
    {
        using var sender = Sender(allow);
        return await sender.Send(call, default);
    }

    private static Task<IPAddress[]> Found(params string[] addresses) => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse));

    private static async Task<(int, string?)> Brief(RawServer server)
    {
        var answer = await Send(Call(server.Url), "127.0.0.1");
        return (answer.Status, answer.Error);
    }

    private static string Text(StepAnswer answer) => Encoding.UTF8.GetString(answer.Body.Span);
}
