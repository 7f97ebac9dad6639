using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>Acknowledged means durable: the server is killed again and again while clients push rows.</summary>
public sealed class IngestKillTests(ITestOutputHelper log)
{
    private const int Clients = 32;
    private const int Kills = 20;

    [Fact]
    public async Task Every_acknowledged_row_is_there_once_and_in_order_after_twenty_kills()
    {
        await using var server = new ServerProcess();
        await server.Start();
        var key = await server.MakeKey("ingest", "tables:read", "tables:write");
        using var load = await IngestLoad.Start(server.Client(key, TimeSpan.FromSeconds(10)), tables: 1, Clients, pause: TimeSpan.Zero);
        var random = new Random(20261121);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(20, 600));
            await server.Kill();
            await server.Start();
        }

        var rows = await load.Finish();
        log.WriteLine($"{rows} rows from {Clients} clients through {Kills} kills, each once");
    }
}
