using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Troupe.Silo.Cluster;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Tests;

/// <summary>The server as the product builds it, with one grain class more: what the tests start as a process when they need reminders by the hundred
/// thousand.</summary>
public static class ChimeNode
{
    /// <summary>Its file, beside the test's own.</summary>
    public const string Program = "Faults.dll";

    /// <summary>The variable that names the address of the <see cref="ChimeTower"/>.</summary>
    public const string TowerVariable = "CHIME_TOWER";

    private const int AtOnce = 128;

    /// <summary>Takes the arguments that <c>troupe serve</c> takes of a test: <c>serve --urls U --data D</c>.</summary>
    public static async Task Main(string[] arguments)
    {
        var configuration = SettingsReader.Gather(new Dictionary<string, string?> { ["Urls"] = arguments[2], ["Data"] = arguments[4] });
        var (settings, problems) = SettingsReader.Read(configuration);
        if (problems.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', problems));
        }

        var tower = new Uri(Environment.GetEnvironmentVariable(TowerVariable)!);
        await using var app = Server.Build(settings, configuration, services => services
            .AddSingleton(_ => new ChimeReport(tower))
            .AddSingleton(new BuiltInCluster.MoreGrains((typeof(IChimeGrain), typeof(ChimeGrain)))));
        app.MapPost("/chimes", Set);
        await app.RunAsync();
    }

    /// <summary>Sets the reminders of some numbers: number n is due at <c>start</c> plus n times <c>step</c>, in ticks.</summary>
    private static async Task Set(int from, int count, DateTimeOffset start, long step, IGrainFactory grains, HttpContext context)
    {
        var some = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = context.RequestAborted };
        await Parallel.ForAsync(from, from + count, some, async (number, _) =>
            await grains.GetGrain<IChimeGrain>(ChimeGrain.Key(number)).Set(start.AddTicks(number * step)));
    }
}
