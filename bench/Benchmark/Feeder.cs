using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>Ingests into one table of the real server, round after round, and checks in the end that the table holds what was acknowledged.</summary>
internal sealed class Feeder
{
    /// <summary>Different one-row requests made ahead; batches are fewer.</summary>
    public const int Different = 4_096;

    private const string Path = "/api/v1/public/ingest";

    private readonly TroupeServer _server;
    private readonly ReadOnlyMemory<byte>[] _requests;
    private readonly int _rows;
    private readonly int _clients;
    private readonly Session _session;
    private readonly Histogram _latencies = new();
    private long _acknowledged;

    private Feeder(TroupeServer server, string table, int rows, int clients, Session session)
    {
        (_server, Table, _rows, _clients, _session) = (server, table, rows, clients, session);
        _requests = Requests.Ingest(Path, server.Key, table, rows, rows == 1 ? Different : 64);
    }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>p50, p95 and p99 of all rounds.</summary>
    public string Spread => new LoadResult(0, 0, 0, null, _latencies).Spread;

    /// <summary>Makes a table and warms the server up.</summary>
    public static async Task<Feeder> Open(TroupeServer server, int rows, int clients, Session session)
    {
        var feeder = new Feeder(server, await server.MakeTable($"bench {rows}"), rows, clients, session);
        await feeder.Feed(TimeSpan.Zero, Session.ColdWarmUp);
        return feeder;
    }

    /// <summary>One round; requests a second.</summary>
    public async Task<double> Round()
    {
        var result = await Feed(Session.WarmUp, _session.Round);
        _latencies.Add(result.Latencies);
        return result.PerSecond;
    }

    /// <summary>Throws unless the table has exactly the rows that were acknowledged.</summary>
    public async Task CheckCount()
    {
        var held = await _server.RowCount(Table);
        if (held != _acknowledged)
            throw new InvalidOperationException($"{_acknowledged} rows were acknowledged and the table has {held}.");
    }

    private async Task<LoadResult> Feed(TimeSpan warmUp, TimeSpan length)
    {
        var result = await LoadRun.Drive(_server.Address, _clients, _requests, warmUp, length);
        _acknowledged += result.Accepted * _rows;
        return result;
    }
}
