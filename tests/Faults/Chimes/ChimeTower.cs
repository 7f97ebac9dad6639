using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Troupe.Tests;

/// <summary>Hears the chimes in the test's own process, which no node's death reaches.</summary>
public sealed class ChimeTower : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _times;

    private ChimeTower(WebApplication app) => _app = app;

    /// <summary>Where to report.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>When each was heard first.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> First { get; } = new(StringComparer.Ordinal);

    /// <summary>How often chimes were heard, those heard before included.</summary>
    public int Times => Volatile.Read(ref _times);

    public static async Task<ChimeTower> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var tower = new ChimeTower(builder.Build());
        tower._app.Run(tower.Hear);
        await tower._app.StartAsync();
        return tower;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Hear(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync();
        var now = DateTimeOffset.UtcNow;
        foreach (var key in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            First.TryAdd(key, now);
            Interlocked.Increment(ref _times);
        }
    }
}
