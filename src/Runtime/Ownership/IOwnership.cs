namespace Troupe.Runtime;

/// <summary>The node that owns a partition.</summary>
/// <param name="Node">The node's name, as <see cref="ITransport"/> knows it; empty while nobody is known to own the partition.</param>
/// <param name="Epoch">Grows with every change of owner; a lower epoch is history.</param>
/// <param name="IsLocal">True when it is this node, and this node may still trust itself to be it.</param>
public readonly record struct PartitionOwner(string Node, long Epoch, bool IsLocal)
{
    /// <summary>Cancelled when the node is known to be gone: what it was asked will never be answered.</summary>
    public CancellationToken Gone { get; init; }
}

/// <summary>What an <see cref="IOwnership"/> tells when partitions have moved, or when the node serves again after a pause; then both lists may be
/// empty.</summary>
public sealed class PartitionsChangedEventArgs(IReadOnlyList<int> gained, IReadOnlyList<int> lost) : EventArgs
{
    private readonly Dictionary<int, List<Task>> _held = [];

    /// <summary>Partitions this node owns now and did not own before.</summary>
    public IReadOnlyList<int> Gained => gained;

    /// <summary>Partitions this node owned before and does not own now.</summary>
    public IReadOnlyList<int> Lost => lost;

    /// <summary>Asks that a lost partition be given to nobody else before this has ended. Kept as long as it is in this node's power; called by
    /// handlers of <see cref="IOwnership.Changed"/>, before they return.</summary>
    public void Hold(int partition, Task until)
    {
        if (!_held.TryGetValue(partition, out var tasks))
        {
            _held[partition] = tasks = [];
        }

        tasks.Add(until);
    }

    /// <summary>What handlers wait for before a partition may go.</summary>
    internal Task Settled(int partition) => _held.TryGetValue(partition, out var tasks) ? Task.WhenAll(tasks) : Task.CompletedTask;
}

/// <summary>Decides where grains live. Each of the <see cref="Partition.Count"/> partitions has one owner at a time.</summary>
public interface IOwnership
{
    /// <summary>The present owner. Called for each activation and for each call that leaves the node: must answer from memory.</summary>
    PartitionOwner Owner(int partition);

    /// <summary>The partitions this node owns, in ascending order.</summary>
    IReadOnlyList<int> Owned { get; }

    /// <summary>False while the node may not trust what it owns: then no turn of a grain begins. Asked before each turn: must answer from memory.</summary>
    bool IsServing => true;

    /// <summary>Looks anew who owns what, because a call was refused. Ends once it has looked. Throws <see cref="CallRefusedException"/> when that is
    /// out of the question, because the node has lost touch with the cluster.</summary>
    Task Refresh(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Says that a node did not answer, so that it is looked at soon.</summary>
    void Suspect(string node)
    {
    }

    /// <summary>Raised after <see cref="Owned"/> has changed, or when <see cref="IsServing"/> has become true again. The runtime gives up the activations of
    /// lost partitions and takes over the reminders of gained ones.</summary>
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
    public bool IsServing => true;

    /// <inheritdoc/>
    public PartitionOwner Owner(int partition) => new("local", 1, IsLocal: true);
}
