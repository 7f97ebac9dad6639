using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Troupe.Silo.Cluster;
using Troupe.Silo.Cluster.Wire;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;
using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Bench.Grains;

/// <summary>The runtime with a cluster port. All grains live on one of two nodes; which, is settled once and for all.</summary>
internal sealed class RemoteNode : IAsyncDisposable
{
    private readonly IHost _host;

    private RemoteNode(IHost host) => _host = host;

    /// <summary>Makes references.</summary>
    public IGrainFactory Factory => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts a node on an empty directory; its grains live on the other node, or here when null.</summary>
    public static async Task<RemoteNode> Start(string directory, string? other)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole());
        builder.Services.AddSqliteStore(directory, [KindSchema.Of<Counter>()], []);
        builder.Services.AddSingleton<IReminderTable, SqliteReminders>();
        builder.Services.AddSingleton<IOwnership>(new OneOwner(other));
        builder.Services.AddWire(new Settings { ClusterUrl = "http://127.0.0.1:0", ClusterSecret = "what both of these processes know" });
        builder.Services.AddBuiltInCluster([(typeof(ITallyGrain), typeof(TallyGrain))]);
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    /// <summary>Runs the node that has the grains until the process is killed; prints its name as its first line.</summary>
    public static async Task Serve(string directory)
    {
        await using var node = await Start(directory, other: null);
        Console.WriteLine(node._host.Services.GetRequiredService<IClusterAddress>().Node);
        await node._host.WaitForShutdownAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }

    private sealed class OneOwner(string? other) : IOwnership
    {
        public event EventHandler<PartitionsChangedEventArgs>? Changed
        {
            add { }
            remove { }
        }

        public IReadOnlyList<int> Owned { get; } = other is null ? [.. Enumerable.Range(0, Partition.Count)] : [];

        public PartitionOwner Owner(int partition) => new(other ?? "here", 1, other is null);
    }
}
