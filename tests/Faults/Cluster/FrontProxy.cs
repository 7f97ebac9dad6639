using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Troupe.Tests;

/// <summary>What stands in front of the nodes, with the rules of any decent balancer: only nodes that call themselves ready get requests, a refused
/// connection goes to the next node, and a request that was sent is never sent again.</summary>
public sealed class FrontProxy : IAsyncDisposable
{
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(1);
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Uri, Backend> _backends = [];
    private readonly Func<IEnumerable<Uri>> _nodes;
    private Task _checking = Task.CompletedTask;
    private uint _turn;

    private FrontProxy(WebApplication app, Func<IEnumerable<Uri>> nodes) => (_app, _nodes) = (app, nodes);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Starts it.</summary>
    /// <param name="nodes">The nodes' addresses, asked at each check: they may move.</param>
    public static async Task<FrontProxy> Start(Func<IEnumerable<Uri>> nodes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new FrontProxy(builder.Build(), nodes);
        proxy._app.Run(proxy.Forward);
        await proxy._app.StartAsync();
        await proxy.CheckAll();
        proxy._checking = proxy.Check();
        return proxy;
    }

    /// <summary>How many nodes get requests now.</summary>
    public int Ready => _nodes().Count(node => _backends.TryGetValue(node, out var backend) && backend.Ready);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _checking;
        await _app.DisposeAsync();
        foreach (var backend in _backends.Values)
        {
            backend.Http.Dispose();
        }

        _stop.Dispose();
    }

    private async Task Check()
    {
        while (!_stop.IsCancellationRequested)
        {
            await CheckAll();
            await Task.Delay(CheckPeriod, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private Task CheckAll() => Task.WhenAll(_nodes().Select(async node =>
    {
        var backend = _backends.GetOrAdd(node, static node => new(node));
        using var limit = new CancellationTokenSource(CheckTimeout);
        try
        {
            using var answer = await backend.Http.GetAsync("/health/ready", limit.Token);
            backend.Ready = answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            backend.Ready = false;
        }
    }));

    private async Task Forward(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var ready = _nodes().Select(node => _backends.GetValueOrDefault(node)).Where(backend => backend is { Ready: true }).ToList();
        var first = Interlocked.Increment(ref _turn);
        for (var i = 0; i < ready.Count; i++)
        {
            if (await TryForward(context, body.ToArray(), ready[(int)((first + i) % ready.Count)]!))
            {
                return;
            }
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        await context.Response.WriteAsync("No node is ready.");
    }

    /// <summary>False when nothing was sent, so that another node may be tried.</summary>
    private static async Task<bool> TryForward(HttpContext context, byte[] body, Backend backend)
    {
        try
        {
            using var request = Copy(context.Request, body);
            using var answer = await backend.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            backend.Ready = false;
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Fail(context, e);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }

        return true;
    }

    private static void Fail(HttpContext context, Exception fault)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        context.Response.Headers["X-Fault"] = fault.Message;
    }

    private static HttpRequestMessage Copy(HttpRequest from, byte[] body)
    {
        var request = new HttpRequestMessage(new(from.Method), from.Path + from.QueryString);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body);
        }

        foreach (var (name, values) in from.Headers.Where(header => header.Key is not ("Host" or "Content-Length" or "Connection" or "Transfer-Encoding")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return request;
    }

    private sealed class Backend(Uri node)
    {
        public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = node,
            Timeout = Timeout.InfiniteTimeSpan,
        };

        public volatile bool Ready;
    }
}
