namespace Troupe.Runtime;

/// <summary>The node that owns a partition.</summary>
/// <param name="Node">The node's name, as <see cref="ITransport"/> knows it.</param>
/// <param name="Epoch">Grows with every change of owner; a lower epoch is history.</param>
/// <param name="IsLocal">True when it is this node, and this node may still trust itself to be it.</param>
public readonly record struct PartitionOwner(string Node, long Epoch, bool IsLocal);

/// <summary>What an <see cref="IOwnership"/> tells when partitions have moved.</summary>
public sealed class PartitionsChangedEventArgs(IReadOnlyList<int> gained, IReadOnlyList<int> lost) : EventArgs
{
    /// <summary>Partitions this node owns now and did not own before.</summary>
    public IReadOnlyList<int> Gained => gained;

    /// <summary>Partitions this node owned before and does not own now.</summary>
    public IReadOnlyList<int> Lost => lost;
}

/// <summary>Decides where grains live. Each of the <see cref="Partition.Count"/> partitions has one owner at a time.</summary>
public interface IOwnership
{
    /// <summary>The present owner. Called for each activation and for each call that leaves the node: must answer from memory.</summary>
    PartitionOwner Owner(int partition);

    /// <summary>The partitions this node owns, in ascending order.</summary>
    IReadOnlyList<int> Owned { get; }

    /// <summary>Raised after <see cref="Owned"/> has changed. The runtime gives up the activations of lost
    /// partitions and takes over the reminders of gained ones.</summary>
    event EventHandler<PartitionsChangedEventArgs>? Changed;
}

/// <summary>One node owns everything, for ever.</summary>
public sealed class LocalOwnership : IOwnership
{
    /// <inheritdoc/>
    public IReadOnlyList<int> Owned { get; } = [.. Enumerable.Range(0, Partition.Count)];

    /// <inheritdoc/>
    public event EventHandler<PartitionsChangedEventArgs>? Changed
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public PartitionOwner Owner(int partition) => new("local", 1, IsLocal: true);
}
