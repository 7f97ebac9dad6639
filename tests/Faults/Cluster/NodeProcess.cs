using Npgsql;

namespace Troupe.Tests;

/// <summary>How the nodes of a cluster are started.</summary>
/// <param name="Count">How many there are.</param>
public sealed record NodePlan(int Count)
{
    /// <summary>Settings of each, as environment variables.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>With a wire between each and its peers. That is always listened on, be the node dead or alive, so that it never refuses a connection.</summary>
    public bool Wired { get; init; }

    /// <summary>Another program than the product, which takes the same arguments.</summary>
    public string Program { get; init; } = "troupe.dll";

    /// <summary>Nodes that may call this outside system.</summary>
    public static NodePlan Calling(Receiver receiver, int count) =>
        new(count) { Settings = new() { ["TROUPE__OUTBOUND__ALLOW__0"] = receiver.Address.Authority } };
}

/// <summary>A node of a cluster as a process, with a wire of its own to the database, and if wanted one on which its peers reach it.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private const string Secret = "a-cluster-secret-of-the-tests-only";
    private readonly bool _wired;

    /// <summary>A node that does not run yet.</summary>
    /// <param name="database">Connection string of PostgreSQL.</param>
    /// <param name="plan">How it is started.</param>
    public NodeProcess(string database, NodePlan plan)
    {
        _wired = plan.Wired;
        var connection = new NpgsqlConnectionStringBuilder(database);
        Database = new(connection.Port);
        connection.Port = Database.Port;
        Server = new(new(plan.Settings) { ["TROUPE__DATABASE"] = connection.ConnectionString, ["TROUPE__CLUSTERSECRET"] = Secret }, plan.Program);
        PlaceCluster();
    }

    /// <summary>The process.</summary>
    public ServerProcess Server { get; }

    /// <summary>The wire between it and PostgreSQL.</summary>
    public CutProxy Database { get; }

    /// <summary>The wire on which its peers reach it; null when there is none between.</summary>
    public CutProxy? Peers { get; private set; }

    /// <summary>Where its peers reach it, as <c>host:port</c>.</summary>
    public string ClusterAddress { get; private set; } = "";

    /// <summary>Other addresses, for clients and for peers, from the next start on.</summary>
    public void Move()
    {
        Server.Move();
        PlaceCluster();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Database.DisposeAsync();
        if (Peers is { } peers)
        {
            await peers.DisposeAsync();
        }
    }

    private void PlaceCluster()
    {
        var port = ServerProcess.FreePort();
        if (_wired)
        {
            Peers = new(port);
            Server.Environment["TROUPE__CLUSTERLISTEN"] = $"http://127.0.0.1:{port}";
        }

        ClusterAddress = $"127.0.0.1:{Peers?.Port ?? port}";
        Server.Environment["TROUPE__CLUSTERURL"] = $"http://{ClusterAddress}";
    }
}
