using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>Grains that are asked to keep something: after a fault each is asked again and again until it has. A mere look would say little, since a node may
/// well show what nobody else can have changed.</summary>
public sealed class Probes
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25), Patience = TimeSpan.FromSeconds(1.5);
    private readonly HttpClient _client;
    private readonly string[] _grains;
    private int _asked;

    private Probes(HttpClient client, string[] grains) => (_client, _grains) = (client, grains);

    /// <summary>Makes them, and lets each answer once, so that it lives somewhere.</summary>
    public static async Task<Probes> Make(ClusterProcesses cluster, int count)
    {
        using var admin = cluster.Client();
        var key = await admin.MakeKey("tables:read", "tables:write");
        using var maker = cluster.Client(key);
        var probes = new Probes(cluster.Client(key, Patience), new string[count]);
        for (var i = 0; i < count; i++)
        {
            var made = await maker.PostJson("/api/v1/data-tables", new JsonObject { ["name"] = $"Probe {i}" });
            probes._grains[i] = made["data"]!["id"]!.GetValue<string>();
        }

        return probes;
    }

    /// <summary>Asks the grains until each has answered a question asked after that moment; gives how long after it each did, in their order.</summary>
    /// <param name="since">The moment, see <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="limit">Fails when one has not answered by then.</param>
    public Task<TimeSpan[]> AnswerAgain(long since, TimeSpan limit) => Task.WhenAll(_grains.Select(grain => AnswersAgain(grain, since, limit)));

    private async Task<TimeSpan> AnswersAgain(string grain, long since, TimeSpan limit)
    {
        for (; ; )
        {
            try
            {
                var name = new JsonObject { ["name"] = $"Asked {Interlocked.Increment(ref _asked)} times" };
                await _client.SendJson(HttpMethod.Patch, $"/api/v1/data-tables/{grain}", name);
                return Stopwatch.GetElapsedTime(since);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < limit, $"{grain} has not answered for {limit}: {e.Message}");
                await Task.Delay(Pause);
            }
        }
    }
}
