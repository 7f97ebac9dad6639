using System.Collections.Concurrent;
using System.Text;

namespace Troupe.Silo.Commands.Demo;

/// <summary>A small scoring service that the demo runs beside the server: the outside of the spinner's HTTP step. It notes every Idempotency-Key it
/// sees.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <summary>How often each key was seen.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>Starts it on a free port of the loopback interface.</summary>
    public static async Task<Receiver> Start(CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build());
        receiver._app.Urls.Add("http://127.0.0.1:0");
        receiver._app.MapPost("/score", receiver.Answer);
        await receiver._app.StartAsync(cancel);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A score that hangs on the domain alone. As in life, some calls fail the first time (503) and some accounts are not known (404).</summary>
    private IResult Answer(HttpRequest request, Account account)
    {
        var times = _calls.AddOrUpdate(request.Headers["Idempotency-Key"].ToString(), 1, (_, seen) => seen + 1);
        var score = Score(account.Domain ?? "");
        return (account.Domain, score, times) switch
        {
            ({ } domain, _, _) when domain.EndsWith(".com", StringComparison.Ordinal) => Results.NotFound(new { error = "not an academic domain" }),
            (_, 50, 1) => Results.StatusCode(StatusCodes.Status503ServiceUnavailable),
            _ => Results.Ok(new { score }),
        };
    }

    /// <summary>0 to 99, evenly spread (FNV-1a).</summary>
    private static int Score(string domain) => (int)(Encoding.UTF8.GetBytes(domain).Aggregate(2166136261u, (hash, b) => (hash ^ b) * 16777619u) % 100);

    private sealed record Account(string? AccountId, string? Domain);
}
