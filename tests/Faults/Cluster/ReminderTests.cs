using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>Reminders in bulk, over nodes of which one dies half-way.</summary>
[Collection(LonelyCollection.Name)]
public sealed class ReminderTests(ITestOutputHelper log)
{
    private const int Reminders = 100_000, Nodes = 3;

    private static readonly TimeSpan
        Window = TimeSpan.FromMinutes(1), Lead = TimeSpan.FromSeconds(25), SetLimit = TimeSpan.FromSeconds(80), EndLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_hundred_thousand_reminders_are_all_handled_though_a_node_is_killed_half_way()
    {
        await using var postgres = await PrivatePostgres.Launch();
        await using var tower = await ChimeTower.Start();
        var plan = new NodePlan(Nodes) { Program = ChimeNode.Program, Settings = new() { [ChimeNode.TowerVariable] = tower.Address.ToString() } };
        await using var cluster = await ClusterProcesses.Start(await postgres.CreateDatabase(), plan);
        await cluster.Try(TimeSpan.FromMinutes(4), async () =>
        {
            var start = DateTimeOffset.UtcNow + Lead;
            var set = Stopwatch.StartNew();
            await Task.WhenAll(cluster.Nodes.Select((node, i) => Set(node, i, start)));
            log.WriteLine($"{Reminders} reminders set in {Figures.Text(set.Elapsed)}");
            var half = start + (Window / 2);
            Assert.True(DateTimeOffset.UtcNow < half, $"they were set only after {set.Elapsed}");
            await Task.Delay(half - DateTimeOffset.UtcNow);
            await cluster.Nodes[0].Server.Kill();
            log.WriteLine($"one node killed after {tower.First.Count} were handled");
            await ClusterProcesses.Until("every reminder was handled", () => Task.FromResult(tower.First.Count == Reminders), (Window / 2) + EndLimit);
            Tell(tower, start);
        });
    }

    private static async Task Set(NodeProcess node, int place, DateTimeOffset start)
    {
        using var client = node.Server.Client(ServerProcess.AdminToken, SetLimit);
        var from = Reminders * place / Nodes;
        var count = (Reminders * (place + 1) / Nodes) - from;
        using var answer = await client.PostAsync(
            new Uri($"/chimes?from={from}&count={count}&start={Uri.EscapeDataString($"{start:O}")}&step={Step}", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static long Step => Window.Ticks / Reminders;

    private void Tell(ChimeTower tower, DateTimeOffset start)
    {
        var late = Enumerable.Range(0, Reminders).Select(number => tower.First[ChimeGrain.Key(number)] - start.AddTicks(number * Step)).ToList();
        var early = late.Min();
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"each handled, {tower.Times - Reminders} of them twice; lateness {Figures.Spread(late)}; the earliest {Figures.Text(early)}"));
        Assert.True(early > -TimeSpan.FromMilliseconds(50), $"one was handled {early} before its time");
    }
}
