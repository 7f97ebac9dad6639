using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Troupe.Silo.Storage;

namespace Troupe.Storage.Sqlite;

/// <summary>What the store tells of itself, and how a host gets it.</summary>
public sealed class MeterTests() : Suite(new SqliteEngine())
{
    [Fact]
    public async Task Commits_changes_and_batches_are_counted()
    {
        var (changes, commits, batches) = (0L, 0L, 0L);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == StoreMeter.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((counter, value, _, _) =>
            Interlocked.Add(ref counter.Name == "troupe.store.commits" ? ref commits : ref changes, value));
        listener.SetMeasurementEventCallback<int>((histogram, value, _, _) =>
            Interlocked.Add(ref batches, histogram.Name == "troupe.store.batch.size" ? value : 0));
        listener.Start();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Commit(Write($"per_{i}")).AsTask()));

        // Stores of other tests of this process count as well.
        Assert.True(changes >= 100, $"{changes} changes");
        Assert.InRange(commits, 1, changes);
        Assert.True(batches >= 100, $"{batches} in batches");
    }

    [Fact]
    public async Task A_host_opens_the_store_before_what_is_registered_after_it_and_closes_it_last()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("troupe-").FullName, "data");
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSqliteStore(path, [People], [Notes]).AddSingleton<Late>().AddHostedService(provider => provider.GetRequiredService<Late>());
        using (var host = builder.Build())
        {
            await host.StartAsync();
            Assert.Equal(CommitStatus.Stored, host.Services.GetRequiredService<Late>().Started());
            Assert.NotNull(host.Services.GetRequiredService<IOutbox>());
            await host.StopAsync();
            await host.Services.GetRequiredService<IStorage>().Probe();
        }

        Assert.False(File.Exists(Path.Combine(path, "troupe.pid")));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private sealed class Late(IStore store) : IHostedService
    {
        private Committed _committed;

        public CommitStatus Started() => _committed.Status;

        public async Task StartAsync(CancellationToken cancellationToken) =>
            _committed = await store.Commit(new(Here) { Records = [Write("per_1")] }, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
