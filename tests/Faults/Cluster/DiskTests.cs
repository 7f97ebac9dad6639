using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>The database's disk is full for a while. Its log lies elsewhere: it lives, and refuses to grow.</summary>
[Collection(LonelyCollection.Name)]
public sealed class DiskTests(ITestOutputHelper log)
{
    private const int Nodes = 2, Grains = 12, Megabytes = 128;

    private static readonly TimeSpan
        RefusedWithin = TimeSpan.FromSeconds(30), Full = TimeSpan.FromSeconds(8), ServesWithin = TimeSpan.FromSeconds(15);

    [SmallDiskFact]
    public async Task A_full_disk_refuses_for_a_while_and_loses_nothing()
    {
        using var disk = SmallDisk.TryMount(Megabytes)!;
        await using var postgres = await PrivatePostgres.Launch();
        await postgres.CreateTablespace("small", disk.Path);
        await postgres.Ask($"CREATE DATABASE small OWNER {PrivatePostgres.Role} TEMPLATE template0 TABLESPACE small");
        await using var receiver = await Receiver.Start();
        await using var cluster = await ClusterProcesses.Start(postgres.ConnectionString("small"), NodePlan.Calling(receiver, Nodes));
        await cluster.Try(TimeSpan.FromMinutes(3), async () =>
        {
            using var load = await SteadyLoad.Start(cluster, receiver, jobSeconds: 10);
            var probes = await Probes.Make(cluster, Grains);
            disk.Fill();
            var refused = await ClusterProcesses.Until("requests are refused",
                () => Task.FromResult(load.Ingest.Attempts.Any(attempt => attempt.Status == 503)), RefusedWithin);
            await Task.Delay(Full);
            disk.Free();
            var freed = Stopwatch.GetTimestamp();
            var attempts = load.Ingest.Attempts.Count;
            var answered = await probes.AnswerAgain(freed, limit: TimeSpan.FromSeconds(60));
            await ClusterProcesses.Until("rows are taken again",
                () => Task.FromResult(load.Ingest.Attempts.Skip(attempts).Any(attempt => attempt.Status == 200)), ServesWithin);
            var taken = Stopwatch.GetElapsedTime(freed);
            await cluster.Settle();
            await load.Finish(log);
            log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"refused {Figures.Text(refused)} after the disk was full; {Figures.Text(answered.Max())} after there was room all grains answered, ")
                + $"and rows were taken by {Figures.Text(taken)}");
            Refusals.AreInvitationsToRetry(load.Ingest.Attempts);
            Assert.True(answered.Max() < ServesWithin, $"it took {answered.Max()}");
        });
    }
}

/// <summary>Tests that start a cluster of their own: after all others, one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LonelyCollection
{
    public const string Name = "lonely";
}
