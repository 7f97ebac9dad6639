using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Troupe.Tests;

/// <summary>An outside system that a spinner's HTTP step calls: counts each idempotency key and answers a score.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>How often each key was seen.</summary>
    public ConcurrentDictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

    public Uri Address { get; private set; } = null!;

    public static async Task<Receiver> Start()
    {
        var port = ServerProcess.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var receiver = new Receiver(builder.Build()) { Address = new Uri($"http://127.0.0.1:{port}") };
        receiver._app.Run(receiver.Score);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Score(HttpContext context)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        Seen.AddOrUpdate(key, 1, static (_, count) => count + 1);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"value":85}""");
    }
}
