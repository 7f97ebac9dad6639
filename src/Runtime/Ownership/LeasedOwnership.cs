using Microsoft.Extensions.Logging;

namespace Troupe.Runtime;

/// <summary>Ownership by leases in a shared table. This file is what others see; the talk with the table and what follows from its answers are in the other
/// two. How it works, and what happens in each failure, is told in <c>docs/concepts/cluster.md</c>.</summary>
public sealed partial class LeasedOwnership : IOwnership, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ILeaseTable _leases;
    private readonly IPeerProbe _probe;
    private readonly SharedClock _clock;
    private readonly LeaseOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _lapse;
    private volatile OwnerTable _table = OwnerTable.Empty;
    private NodeEntry _self;
    private NodeState _state = NodeState.Joining;
    private long _trustedUntil; // timestamp; 0 while the session that guards the lease is broken
    private long _leaseUntil; // timestamp
    private Task _running = Task.CompletedTask;

    /// <summary>Ownership for a node that has not joined yet.</summary>
    /// <param name="leases">The table.</param>
    /// <param name="self">The node; its time of start is set anew, by the table's clock.</param>
    /// <param name="clock">Learns the table's time from each answer.</param>
    /// <param name="probe">Tells whether the program of another node is gone.</param>
    /// <param name="options">Times; all nodes of a cluster should have the same.</param>
    /// <param name="log">For what an operator wants to know.</param>
    public LeasedOwnership(ILeaseTable leases, NodeEntry self, SharedClock clock, IPeerProbe probe, LeaseOptions options, ILogger<LeasedOwnership> log)
    {
        (_leases, _self, _clock, _probe, _options, _log) = (leases, self, clock, probe, options, log);
        _lapse = clock.CreateTimer(static state => ((LeasedOwnership)state!).Lapse(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public event EventHandler<PartitionsChangedEventArgs>? Changed;

    /// <summary>This node.</summary>
    public NodeEntry Self => _self;

    /// <summary>What the node tells of itself with each renewal, JSON.</summary>
    public Func<string> Stats { get; set; } = () => "{}";

    /// <inheritdoc/>
    public IReadOnlyList<int> Owned => _table.Owned;

    /// <inheritdoc/>
    public bool IsServing => _clock.GetTimestamp() < Volatile.Read(ref _trustedUntil);

    /// <summary>Whether the node holds a lease that has not run out. It may do so and not serve, while it has no session.</summary>
    public bool InTouch => _clock.GetTimestamp() < Volatile.Read(ref _leaseUntil);

    /// <inheritdoc/>
    public PartitionOwner Owner(int partition)
    {
        var table = _table;
        var owner = table.Owners[partition];
        var local = table.Local[partition] && IsServing;
        var known = owner is not null && (local || owner.Name != _self.Name);
        return new(known ? owner!.Name : "", table.Answer.Partitions[partition].Epoch, local) { Gone = owner?.Gone.Token ?? default };
    }

    /// <inheritdoc/>
    public async Task Refresh(CancellationToken cancel)
    {
        if (!InTouch)
        {
            throw new CallRefusedException("This node has lost touch with the cluster's database.");
        }

        await NextLook().WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Suspect(string node) => _ = NextLook();

    /// <summary>Joins the cluster without taking partitions yet, and learns the shared time. Throws what the table throws when it can't be reached, and
    /// <see cref="JoinRefusedException"/> when the other nodes and this one can't reach each other.</summary>
    public async Task Start(CancellationToken cancel = default)
    {
        await First(cancel).ConfigureAwait(false);
        _running = Run();
    }

    /// <summary>Takes its share of the partitions from now on.</summary>
    public Task Serve()
    {
        lock (_gate)
        {
            _state = _state == NodeState.Joining ? NodeState.Active : _state;
        }

        return NextLook();
    }

    /// <summary>Hands everything over and takes nothing any more. Ends when this node owns nothing, be it because its lease has run out; takes up to the drain
    /// time-out of the runtime. The node stays in the cluster.</summary>
    public Task Leave(CancellationToken cancel = default)
    {
        lock (_gate)
        {
            Drain();
            if (!InTouch)
            {
                _drained.TrySetResult();
            }
        }

        _ = NextLook();
        return _drained.Task.WaitAsync(cancel);
    }

    /// <summary>Asks a node to hand everything over. Ends when that is in the table; false when there is no such node.</summary>
    public async Task<bool> Drain(string node)
    {
        lock (_gate)
        {
            if (_table.Find(node) is null)
            {
                return false;
            }

            _drains.Add(node);
        }

        await NextLook().ConfigureAwait(false);
        return true;
    }

    /// <summary>The cluster as of the last renewal.</summary>
    public ClusterSnapshot View()
    {
        var answer = _table.Answer;
        var counts = answer.Partitions.Where(partition => partition.Owner is not null).CountBy(partition => partition.Owner!).ToDictionary();
        var now = _clock.GetUtcNow();
        return new(answer.Now, InTouch,
        [
            .. answer.Nodes.OrderBy(lease => lease.Node.Name, StringComparer.Ordinal).Select(lease => new NodeSnapshot(
                lease,
                counts.GetValueOrDefault(lease.Node.Name),
                now > lease.RenewedAt ? now - lease.RenewedAt : TimeSpan.Zero,
                lease.Node.Name == _self.Name)),
        ]);
    }

    /// <summary>Leaves the cluster: others take at once what this node still had. To be called after the grains have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        Poke();
        await _running.ConfigureAwait(false);
        await Last().ConfigureAwait(false);
        await _lapse.DisposeAsync().ConfigureAwait(false);
    }
}
