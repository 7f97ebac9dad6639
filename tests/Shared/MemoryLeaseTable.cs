namespace Troupe.Tests;

/// <summary>A lease table in memory with the rules of a real one. Its clock is its own; sessions and what goes wrong on the way to it are the test's.</summary>
public sealed class MemoryLeaseTable(TimeProvider clock) : ILeaseTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Row> _rows = [];
    private readonly Dictionary<string, Session> _locks = []; // who holds a node's lock
    private readonly List<Session> _sessions = [];
    private readonly PartitionLease[] _partitions = new PartitionLease[Partition.Count];
    private long _version;

    /// <summary>False plays a transaction pooler: no session holds a lock.</summary>
    public bool Guards { get; set; } = true;

    /// <summary>Runs before each operation, with the node and what it does: a test throws here, or holds it back.</summary>
    public Func<string, string, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Names of the nodes in the table.</summary>
    public IReadOnlyList<string> Nodes
    {
        get
        {
            lock (_gate)
            {
                return [.. _rows.Keys];
            }
        }
    }

    /// <summary>Who owns a partition; null when nobody does.</summary>
    public string? Owner(int partition)
    {
        lock (_gate)
        {
            return _partitions[partition].Owner;
        }
    }

    public async ValueTask<ILeaseSession> Open(string node, bool guarded, CancellationToken cancel)
    {
        await Before(node, "open").WaitAsync(cancel);
        return Open(node, guarded);
    }

    /// <summary>Opens a session without further ado.</summary>
    public Session Open(string node, bool guarded)
    {
        lock (_gate)
        {
            var session = new Session(this, node);
            _sessions.Add(session);
            session.IsGuarded = guarded && Guards && _locks.TryAdd(node, session);
            return session;
        }
    }

    /// <summary>Ends the sessions of a node: its locks are free, and the next operation on each throws.</summary>
    public void Break(string node)
    {
        List<Session> ended;
        lock (_gate)
        {
            ended = _sessions.FindAll(session => session.Node == node);
        }

        ended.ForEach(session => session.End());
    }

    private LeaseAnswer Renew(LeaseRequest request)
    {
        lock (_gate)
        {
            var (name, now) = (request.Node.Name, clock.GetUtcNow());
            if (_rows.TryGetValue(name, out var row) && row.Number >= request.Number)
            {
                return Answer(now);
            }

            if (request.Leaves)
            {
                Remove(name);
            }
            else
            {
                var lease = new NodeLease(request.Node, request.State, row?.Lease.DrainAsked ?? false, now, now + request.Duration,
                    _locks.ContainsKey(name), request.Handovers, request.Stats);
                _rows[name] = new(lease, request.Number);
                Change(request, name, now);
            }

            _version += request.IsNews ? 1 : 0;
            return Answer(now);
        }
    }

    private void Change(LeaseRequest request, string name, DateTimeOffset now)
    {
        foreach (var partition in request.Release.Where(partition => _partitions[partition].Owner == name))
        {
            _partitions[partition] = _partitions[partition] with { Owner = null };
        }

        request.Expire.Where(other => _rows.TryGetValue(other, out var row) && row.Lease.Until < now).ToList().ForEach(Remove);
        request.Bury.Where(other => _rows.TryGetValue(other, out var row) && row.Lease.IsGuarded && !_locks.ContainsKey(other)).ToList().ForEach(Remove);
        foreach (var partition in request.Claim.Where(partition => _partitions[partition].Owner is null))
        {
            _partitions[partition] = new(name, _partitions[partition].Epoch + 1);
        }

        foreach (var other in request.Drain.Where(_rows.ContainsKey))
        {
            _rows[other] = _rows[other] with { Lease = _rows[other].Lease with { DrainAsked = true } };
        }
    }

    private void Remove(string name)
    {
        _rows.Remove(name);
        for (var partition = 0; partition < _partitions.Length; partition++)
        {
            if (_partitions[partition].Owner == name)
            {
                _partitions[partition] = _partitions[partition] with { Owner = null };
            }
        }
    }

    private LeaseAnswer Answer(DateTimeOffset now) => new(now, _version, [.. _rows.Values.Select(row => row.Lease)], [.. _partitions]);

    private LeaseGlance Glance()
    {
        lock (_gate)
        {
            return new(clock.GetUtcNow(), _version,
                [.. _rows.Values.Where(row => row.Lease.IsGuarded && !_locks.ContainsKey(row.Lease.Node.Name)).Select(row => row.Lease.Node.Name)]);
        }
    }

    private sealed record Row(NodeLease Lease, long Number);

    /// <summary>A session.</summary>
    public sealed class Session(MemoryLeaseTable table, string node) : ILeaseSession
    {
        private readonly TaskCompletionSource _ended = new();

        /// <summary>Whose.</summary>
        public string Node => node;

        public bool IsGuarded { get; internal set; }

        /// <summary>True when the table knows it no longer.</summary>
        public bool HasEnded => _ended.Task.IsCompleted;

        public async ValueTask<LeaseAnswer> Renew(LeaseRequest request, CancellationToken cancel)
        {
            await table.Before(node, "renew").WaitAsync(cancel);
            return Renew(request);
        }

        public async ValueTask<LeaseGlance> Look(CancellationToken cancel)
        {
            await table.Before(node, "look").WaitAsync(cancel);
            return Look();
        }

        public async ValueTask Rest(TimeSpan time, CancellationToken cancel)
        {
            using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await await Task.WhenAny(Task.Delay(time, awake.Token), _ended.Task);
            await awake.CancelAsync();
            Check();
        }

        /// <summary>Carries out a request at once.</summary>
        public LeaseAnswer Renew(LeaseRequest request)
        {
            Check();
            return table.Renew(request);
        }

        /// <summary>Looks at once.</summary>
        public LeaseGlance Look()
        {
            Check();
            return table.Glance();
        }

        /// <summary>Ends it on the table's side.</summary>
        public void End()
        {
            lock (table._gate)
            {
                table._sessions.Remove(this);
                if (table._locks.GetValueOrDefault(node) == this)
                {
                    table._locks.Remove(node);
                }
            }

            _ended.TrySetResult();
        }

        public ValueTask DisposeAsync()
        {
            End();
            return ValueTask.CompletedTask;
        }

        private void Check()
        {
            if (HasEnded)
            {
                throw new IOException("The session has ended.");
            }
        }
    }
}
