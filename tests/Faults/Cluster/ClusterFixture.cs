namespace Troupe.Tests;

/// <summary>Three nodes and their database, shared by the tests that leave a cluster behind which can be made whole again.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    /// <summary>The collection these tests belong to: nothing else runs beside them, since they measure time.</summary>
    public const string Name = "cluster";

    /// <summary>The database server.</summary>
    public PrivatePostgres Postgres { get; private set; } = null!;

    /// <summary>The outside that jobs call.</summary>
    public Receiver Receiver { get; private set; } = null!;

    /// <summary>The nodes.</summary>
    public ClusterProcesses Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Postgres = await PrivatePostgres.Launch();
        Receiver = await Receiver.Start();
        Cluster = await ClusterProcesses.Start(await Postgres.CreateDatabase(), NodePlan.Calling(Receiver, count: 3));
    }

    public async Task DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Receiver.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}

[CollectionDefinition(ClusterFixture.Name, DisableParallelization = true)]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>;
