namespace Troupe.Runtime;

/// <summary>A node as calls are sent to it.</summary>
internal sealed class KnownNode(string name)
{
    internal string Name => name;

    /// <summary>Cancelled when the node has left the table.</summary>
    internal CancellationTokenSource Gone { get; } = new();
}

/// <summary>What a node knows of the cluster at one moment. Never changed once it is published.</summary>
internal sealed class OwnerTable
{
    /// <summary>Nothing known yet.</summary>
    internal static readonly OwnerTable Empty = new();

    private OwnerTable()
    {
        Answer = new(default, -1, [], [.. Enumerable.Repeat(default(PartitionLease), Partition.Count)]);
        Owners = new KnownNode?[Partition.Count];
        Local = new bool[Partition.Count];
        Owned = [];
        Peers = [];
    }

    /// <summary>A table as it was answered.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="known">The peers known so far, by name: those still there stay the same objects.</param>
    /// <param name="isLocal">Which partitions this node serves.</param>
    internal OwnerTable(LeaseAnswer answer, IReadOnlyDictionary<string, KnownNode> known, Func<int, bool> isLocal)
    {
        Answer = answer;
        Peers = answer.Nodes.ToDictionary(lease => lease.Node.Name, lease => known.GetValueOrDefault(lease.Node.Name) ?? new(lease.Node.Name));
        Owners = [.. answer.Partitions.Select(lease => lease.Owner is { } owner ? Peers.GetValueOrDefault(owner) : null)];
        Local = [.. Enumerable.Range(0, Partition.Count).Select(isLocal)];
        Owned = [.. Enumerable.Range(0, Partition.Count).Where(partition => Local[partition])];
    }

    internal LeaseAnswer Answer { get; }

    internal Dictionary<string, KnownNode> Peers { get; }

    /// <summary>The owner by partition; null when it has none.</summary>
    internal KnownNode?[] Owners { get; }

    /// <summary>By partition, whether this node serves it.</summary>
    internal bool[] Local { get; }

    /// <summary>The partitions this node serves, in ascending order.</summary>
    internal int[] Owned { get; }

    internal NodeLease? Find(string name) => Answer.Nodes.FirstOrDefault(lease => lease.Node.Name == name);
}
