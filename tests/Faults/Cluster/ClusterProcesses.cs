using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>Nodes of one cluster as processes on one database, behind a balancer. Everything waits with a bound, and what fails shows what the nodes said
/// last.</summary>
public sealed class ClusterProcesses : IAsyncDisposable
{
    private const int TailLines = 40;
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60), StartLimit = TimeSpan.FromSeconds(90);
    private readonly List<NodeProcess> _nodes = [];
    private readonly List<HttpClient> _clients = [];
    private FrontProxy _front = null!;

    private ClusterProcesses()
    {
    }

    /// <summary>Its nodes, whether they run or not.</summary>
    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>The nodes that run, be they frozen.</summary>
    public IEnumerable<NodeProcess> Running => _nodes.Where(node => node.Server.Runs);

    /// <summary>The balancer.</summary>
    public FrontProxy Front => _front;

    /// <summary>Starts the nodes and waits until each has its share.</summary>
    /// <param name="database">Connection string of an empty database, or of one that such nodes have used.</param>
    /// <param name="nodes">How many, and how they are started.</param>
    public static async Task<ClusterProcesses> Start(string database, NodePlan nodes)
    {
        var cluster = new ClusterProcesses();
        cluster._nodes.AddRange(Enumerable.Range(0, nodes.Count).Select(_ => new NodeProcess(database, nodes)));
        cluster._front = await FrontProxy.Start(() => cluster._nodes.Select(node => node.Server.Address));
        try
        {
            await cluster.Try(StartLimit, () => cluster.Settle());
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the balancer, with a bearer token. Lives as long as the cluster unless it is disposed of earlier.</summary>
    public HttpClient Client(string bearer = ServerProcess.AdminToken, TimeSpan? timeout = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 512 })
        {
            BaseAddress = _front.Address,
            Timeout = timeout ?? TimeSpan.FromSeconds(20),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) },
        };
        _clients.Add(client);
        return client;
    }

    /// <summary>Whole again: every wire passes, every node of these runs and is ready, and the partitions are even.</summary>
    /// <param name="nodes">How many nodes are to run, the first ones; all unless said.</param>
    public async Task Settle(int? nodes = null)
    {
        foreach (var node in _nodes.Take(nodes ?? _nodes.Count))
        {
            node.Database.Pass();
            node.Peers?.Pass();
            if (node.Server.Runs)
            {
                node.Server.Resume();
            }
            else
            {
                node.Server.Launch();
            }
        }

        await Task.WhenAll(_nodes.Take(nodes ?? _nodes.Count).Select(node => node.Server.Ready(SettleLimit)));
        await Until("every node has its share", async () => _front.Ready == Running.Count() && await IsEven(), SettleLimit);
    }

    /// <summary>The partitions of each node that takes any, as a node answers.</summary>
    public async Task<IReadOnlyList<int>> Shares()
    {
        using var client = Client(timeout: TimeSpan.FromSeconds(5));
        var nodes = (await client.GetJson("/admin/cluster"))["data"]!["nodes"]!.AsArray();
        return [.. nodes.Where(node => node!["state"]!.GetValue<string>() == "active").Select(node => node!["partitions"]!.GetValue<int>())];
    }

    /// <summary>Waits for something, looking again and again; a look that fails counts as no.</summary>
    public static async Task<TimeSpan> Until(string what, Func<Task<bool>> holds, TimeSpan limit)
    {
        Exception? last = null;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < limit; await Task.Delay(20))
        {
            try
            {
                if (await holds())
                {
                    return waited.Elapsed;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
            {
                last = e;
            }
        }

        throw new TimeoutException($"It did not come to pass within {limit.TotalSeconds:0} s that {what}.", last);
    }

    /// <summary>Runs a test's body with a bound. A failure tells what the nodes printed last.</summary>
    public async Task Try(TimeSpan limit, Func<Task> body)
    {
        try
        {
            await body().WaitAsync(limit);
        }
        catch (Exception e)
        {
            var tails = _nodes.Select((node, i) => $"--- node {i + 1} at {node.Server.Address}, peers at {node.ClusterAddress}\n{node.Server.Tail(TailLines)}");
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', tails)}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _front.DisposeAsync();
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
    }

    private async Task<bool> IsEven()
    {
        var shares = await Shares();
        return shares.Count == Running.Count() && shares.Sum() == Partition.Count && shares.Max() - shares.Min() <= 1;
    }
}
