using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Troupe.Silo.Cluster;
using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Postgres;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Bench.Grains;

/// <summary>The runtime and the store of the product in this process, with the benchmark's own grains and no web.</summary>
internal sealed class LocalNode : IAsyncDisposable
{
    private readonly IHost _host;

    private LocalNode(IHost host) => _host = host;

    /// <summary>Makes references.</summary>
    public IGrainFactory Factory => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts it.</summary>
    /// <param name="session">The run.</param>
    /// <param name="database">An empty PostgreSQL database; an empty directory of SQLite when null.</param>
    public static async Task<LocalNode> Start(Session session, string? database = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        KindSchema[] kinds = [KindSchema.Of<Counter>()];
        _ = database is null
            ? builder.Services.AddSqliteStore(session.Fresh("grains"), kinds, []).AddSingleton<IReminderTable, SqliteReminders>()
            : builder.Services.AddPostgresStore(PostgresAddress.Parse(database), kinds, []).AddSingleton<IReminderTable, PostgresReminders>();
        builder.Services.AddBuiltInCluster([(typeof(ITallyGrain), typeof(TallyGrain)), (typeof(ICounterGrain), typeof(CounterGrain))]);
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }
}
