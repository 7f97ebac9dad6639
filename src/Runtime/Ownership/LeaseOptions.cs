namespace Troupe.Runtime;

/// <summary>The times of leases. What one node may do to another is decided by the table's clock; what a node believes of itself, by its own monotonic
/// one.</summary>
public sealed record LeaseOptions
{
    /// <summary>How long a lease holds after a renewal, by the table's clock.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Time between two renewals.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How much earlier than its end a node stops trusting its lease: covers a drift between the clocks and the last steps of a turn.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two looks for news, when nothing moves.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Time between two looks while partitions move or a node is suspected, and the shortest time between two looks at all.</summary>
    public TimeSpan LookMoving { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long a node must have been without its lock before another may bury it. A living node notices the loss of its session within a few
    /// milliseconds and stops trusting itself.</summary>
    public TimeSpan Confirm { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a node leaves leases that ran out alone after it lost touch itself: those who shared its trouble come back to what they had.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the table may take to answer, unless the lease holds longer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait before the table is tried again after a failure; the first is <see cref="LookMoving"/>, and each doubles.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMilliseconds(500);
}
