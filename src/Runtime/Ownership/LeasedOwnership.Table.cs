namespace Troupe.Runtime;

/// <summary>What follows from the table: whom to trust, what to give up, what to ask for.</summary>
public sealed partial class LeasedOwnership
{
    private readonly Dictionary<int, Task> _leaving = []; // given up here, not released in the table yet, and what that waits for
    private readonly HashSet<string> _drains = []; // nodes somebody here wants drained
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _handovers;

    // All of this is under the lock.

    private bool IsTaking => _state == NodeState.Active && _self.IsSilo;

    private bool IsMoving => _leaving.Count > 0 || _suspects.Count > 0 || _state == NodeState.Draining
        || (Array.Exists(_table.Owners, owner => owner is null) && _table.Answer.Nodes.Any(lease => lease.Takes));

    /// <summary>The next request, but for number and stats.</summary>
    private LeaseRequest Plan()
    {
        var answer = _table.Answer;
        var now = _clock.GetUtcNow();
        var settled = _clock.GetElapsedTime(_sessionSince) >= _options.Grace;
        List<string> expired = settled && answer.Version >= 0
            ? [.. answer.Nodes.Where(lease => lease.Until < now && lease.Node.Name != _self.Name).Select(lease => lease.Node.Name)]
            : [];
        return new LeaseRequest(_self, 0, _options.Duration)
        {
            State = _state,
            Handovers = _handovers,
            Release = [.. _leaving.Where(leaving => leaving.Value.IsCompleted).Select(leaving => leaving.Key)],
            Expire = expired,
            Bury = [.. _dead],
            Claim = IsTaking && answer.Version >= 0 ? Claims(answer, [.. expired, .. _dead]) : [],
            Drain = [.. _drains],
            Announces = _table.Find(_self.Name)?.State != _state,
        };
    }

    private List<int> Claims(LeaseAnswer answer, HashSet<string> removed)
    {
        var owners = answer.Partitions.Select(lease => lease.Owner is { } owner && !removed.Contains(owner) ? owner : null).ToList();
        if (!owners.Contains(null))
        {
            return [];
        }

        var due = Division.Of(owners, Takers(answer, removed));
        return [.. Enumerable.Range(0, owners.Count).Where(partition => owners[partition] is null && due[partition] == _self.Name)];
    }

    private List<string> Takers(LeaseAnswer answer, HashSet<string> removed) =>
    [
        .. answer.Nodes.Where(lease => lease.Node.Name == _self.Name ? IsTaking : lease.Takes && !removed.Contains(lease.Node.Name))
            .Select(lease => lease.Node.Name),
    ];

    /// <summary>Takes an answer in: what the table says this node owns, it owns, and may serve until its lease is over.</summary>
    private void Take(LeaseRequest request, LeaseAnswer answer, long sent)
    {
        List<KnownNode> gone;
        lock (_gate)
        {
            var known = _table.Peers;
            _drains.ExceptWith(request.Drain);
            _dead.Clear();
            var own = answer.Nodes.FirstOrDefault(lease => lease.Node.Name == _self.Name)
                ?? throw new InvalidOperationException("The table did not take the renewal."); // it has seen a later one, which can't be
            if (own.DrainAsked)
            {
                Drain();
            }

            foreach (var partition in _leaving.Keys.Where(partition => answer.Partitions[partition].Owner != _self.Name).ToList())
            {
                _leaving.Remove(partition);
            }

            Trust(answer, sent);
            if (_state == NodeState.Draining && !answer.Partitions.Any(lease => lease.Owner == _self.Name))
            {
                _state = NodeState.Drained;
                _drained.TrySetResult();
            }

            gone = [.. known.Values.Where(peer => !_table.Peers.ContainsKey(peer.Name))];
            gone.ForEach(peer => _log.NodeGone(peer.Name));
            _table.Peers.Keys.Where(name => !known.ContainsKey(name)).ToList().ForEach(_log.NodeJoined);
        }

        gone.ForEach(peer => _ = peer.Gone.CancelAsync());
    }

    private void Drain() => _state = _state == NodeState.Drained ? _state : NodeState.Draining;

    private void Trust(LeaseAnswer answer, long sent)
    {
        var until = After(sent, _options.Duration - _options.Margin);
        if (_clock.GetTimestamp() >= until)
        {
            Publish(answer, [], 0); // the answer took too long to mean anything but who owns what
            return;
        }

        var due = Division.Of([.. answer.Partitions.Select(lease => lease.Owner)], Takers(answer, []));
        Publish(answer, [.. Mine(answer).Where(partition => due[partition] == _self.Name && !_leaving.ContainsKey(partition))], until);
        _lapse.Change(Left(until), Timeout.InfiniteTimeSpan);
    }

    private IEnumerable<int> Mine(LeaseAnswer answer) =>
        Enumerable.Range(0, Partition.Count).Where(partition => answer.Partitions[partition].Owner == _self.Name);

    /// <summary>Makes known who owns what, and that this node serves these partitions until then. Trust comes last: before, it may have meant
    /// another's.</summary>
    private void Publish(LeaseAnswer answer, HashSet<int> served, long until)
    {
        var (before, paused) = (_table, !IsServing);
        _table = new(answer, before.Peers, served.Contains);
        if (until != 0)
        {
            Volatile.Write(ref _leaseUntil, until);
            Volatile.Write(ref _trustedUntil, until);
        }

        // What is this node's by the table and should not be is lost as well, even if it never served it: the runtime may still hold something.
        var left = until == 0 ? [] : Mine(answer).Where(partition => !served.Contains(partition) && !_leaving.ContainsKey(partition)).ToList();
        var gained = _table.Owned.Except(before.Owned).ToList();
        var lost = before.Owned.Except(_table.Owned).Union(left).Order().ToList();
        _handovers += gained.Count;
        if (gained.Count + lost.Count > 0)
        {
            _log.PartitionsMoved(gained.Count, lost.Count, _table.Owned.Length);
        }
        else if (until == 0 || !paused)
        {
            return;
        }

        var change = new PartitionsChangedEventArgs(gained, lost);
        Changed?.Invoke(this, change);
        left.ForEach(partition => _leaving[partition] = change.Settled(partition));
    }

    /// <summary>The lease has run out: everything is given up until a renewal succeeds.</summary>
    private void Lapse()
    {
        lock (_gate)
        {
            if (InTouch)
            {
                _lapse.Change(Left(_leaseUntil) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan); // timers may be a moment early
            }
            else
            {
                if (_table.Owned.Length > 0)
                {
                    _log.LeaseLapsed(_table.Owned.Length);
                    Publish(_table.Answer, [], 0);
                }

                if (_state == NodeState.Draining)
                {
                    _drained.TrySetResult(); // nothing is left to hand over
                }
            }
        }
    }
}
