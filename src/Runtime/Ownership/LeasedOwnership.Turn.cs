namespace Troupe.Runtime;

/// <summary>The talk with the table: one turn after the other, each a look or a renewal, on one session.</summary>
public sealed partial class LeasedOwnership
{
    private readonly Dictionary<string, long> _suspects = []; // nodes without their lock, and since when
    private readonly List<string> _dead = []; // suspects that nobody answers for
    private ILeaseSession? _session;
    private TaskCompletionSource? _looked; // somebody waits for the next turn
    private CancellationTokenSource _rest = new();
    private Exception? _fault;
    private bool _mayGuard = true;
    private bool _guards; // the row says that a session guards the lease, and that session may be gone
    private bool _due; // renew, whatever the time
    private int _failures;
    private long _number;
    private long _renewedAt; // timestamp
    private long _sessionSince; // timestamp

    /// <summary>One exchange with the table. Never throws: a failure breaks the session, and with it the trust in a lease that the session guards.</summary>
    internal async Task Turn()
    {
        TaskCompletionSource? looked;
        lock (_gate)
        {
            (looked, _looked) = (_looked, null);
        }

        try
        {
            using var limit = new CancellationTokenSource(Patience, _clock);
            _session ??= await Open(limit.Token).ConfigureAwait(false);
            await Talk(_session, limit.Token).ConfigureAwait(false);
            if (_failures > 0)
            {
                _log.LeaseTableAnswers(_failures);
            }

            (_failures, _fault) = (0, null);
        }
        catch (Exception fault)
        {
            await Break(fault).ConfigureAwait(false);
        }

        looked?.TrySetResult();
    }

    /// <summary>Time until the next turn.</summary>
    internal TimeSpan Pause()
    {
        lock (_gate)
        {
            return _failures > 0 ? Retry : _looked is not null || IsMoving ? _options.LookMoving : _options.Look;
        }
    }

    private TimeSpan Retry
    {
        get
        {
            var wait = _options.LookMoving * Math.Pow(2, Math.Min(_failures - 1, 10));
            return wait < _options.RetryMax ? wait : _options.RetryMax;
        }
    }

    // A slow table is no broken one while the lease holds; once it has run out, a new session is the quicker way.
    private TimeSpan Patience
    {
        get
        {
            var left = Left(_leaseUntil);
            return left > _options.Patience ? left : _options.Patience;
        }
    }

    private TimeSpan Left(long timestamp)
    {
        var now = _clock.GetTimestamp();
        return timestamp > now ? _clock.GetElapsedTime(now, timestamp) : TimeSpan.Zero;
    }

    private long After(long timestamp, TimeSpan time) => timestamp + (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private async Task Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Turn().ConfigureAwait(false);
            await RestUnlessAsked(Pause()).ConfigureAwait(false);
        }
    }

    /// <summary>Rests; at least <see cref="LeaseOptions.LookMoving"/>, so that many who ask can't keep the table busy.</summary>
    private async Task RestUnlessAsked(TimeSpan time)
    {
        try
        {
            var least = time < _options.LookMoving ? time : _options.LookMoving;
            await Rest(least, _stop.Token).ConfigureAwait(false);
            if (time > least && Undisturbed() is { } poked)
            {
                await Rest(time - least, poked).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception fault)
        {
            await Break(fault).ConfigureAwait(false);
        }
    }

    /// <summary>Cancelled when somebody asks for a turn; null when somebody has.</summary>
    private CancellationToken? Undisturbed()
    {
        lock (_gate)
        {
            _rest = new();
            return _looked is null && !_stop.IsCancellationRequested ? _rest.Token : null;
        }
    }

    private async Task Rest(TimeSpan time, CancellationToken cancel)
    {
        if (_session is { } session)
        {
            await session.Rest(time, cancel).ConfigureAwait(false);
        }
        else
        {
            await Task.Delay(time, _clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Ends with the next turn that begins from now on.</summary>
    private Task NextLook()
    {
        Task next;
        lock (_gate)
        {
            _looked ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            next = _looked.Task;
        }

        Poke();
        return next;
    }

    private void Poke()
    {
        CancellationTokenSource rest;
        lock (_gate)
        {
            rest = _rest;
        }

        _ = rest.CancelAsync();
    }

    private async Task<ILeaseSession> Open(CancellationToken cancel)
    {
        var session = await _leases.Open(_self.Name, _mayGuard, cancel).ConfigureAwait(false);
        if (_mayGuard && !session.IsGuarded && _sessionSince == 0)
        {
            _log.Unguarded();
        }

        (_due, _sessionSince) = (true, _clock.GetTimestamp());
        return session;
    }

    private async Task Talk(ILeaseSession session, CancellationToken cancel)
    {
        if (!IsDue(session))
        {
            var sent = _clock.GetTimestamp();
            var glance = await session.Look(cancel).ConfigureAwait(false);
            _clock.Learn(sent, _clock.GetTimestamp(), glance.Now);
            if (session.IsGuarded && glance.Unlocked.Contains(_self.Name))
            {
                _mayGuard = false; // something between us and the table hands sessions around
                throw new InvalidOperationException("The session has lost the node's lock.");
            }

            _due = glance.Version != _table.Answer.Version;
            await Doubt(glance.Unlocked, cancel).ConfigureAwait(false);
        }

        if (IsDue(session))
        {
            await Renew(session, cancel).ConfigureAwait(false);
        }
    }

    private bool IsDue(ILeaseSession session)
    {
        lock (_gate)
        {
            return _due || _dead.Count > 0 || _clock.GetElapsedTime(_renewedAt) >= _options.Renewal || session.IsGuarded != _guards || Plan().IsNews;
        }
    }

    private async Task Renew(ILeaseSession session, CancellationToken cancel)
    {
        LeaseRequest request;
        lock (_gate)
        {
            request = Plan() with { Number = ++_number, Stats = Stats() };
            _guards |= session.IsGuarded;
        }

        var sent = _clock.GetTimestamp();
        var answer = await session.Renew(request, cancel).ConfigureAwait(false);
        _clock.Learn(sent, _clock.GetTimestamp(), answer.Now);
        (_guards, _due, _renewedAt) = (session.IsGuarded, false, sent);
        Take(request, answer, sent);
    }

    /// <summary>Finds out which nodes without a lock are dead. One that is not found dead is looked at again after as long.</summary>
    private async Task Doubt(IReadOnlyList<string> unlocked, CancellationToken cancel)
    {
        var now = _clock.GetTimestamp();
        foreach (var name in _suspects.Keys.Except(unlocked).ToList())
        {
            _suspects.Remove(name);
        }

        var table = _table;
        foreach (var name in unlocked.Where(name => name != _self.Name && table.Find(name) is not null))
        {
            _suspects.TryAdd(name, now);
        }

        var ripe = _suspects.Where(suspect => _clock.GetElapsedTime(suspect.Value, now) >= _options.Confirm).Select(suspect => suspect.Key).ToList();
        var verdicts = await Task.WhenAll(ripe.Select(name => IsDead(table, name, cancel))).ConfigureAwait(false);
        foreach (var (name, dead) in ripe.Zip(verdicts))
        {
            _suspects[name] = now;
            if (dead)
            {
                _dead.Add(name);
            }
        }
    }

    // Dead: nobody listens at its address, or somebody else does. A node without an address has only its lock to show for its life.
    private async Task<bool> IsDead(OwnerTable table, string name, CancellationToken cancel)
    {
        var node = table.Find(name)?.Node;
        return node is not null
            && (node.Address.Length == 0
                || node.Address == _self.Address
                || table.Answer.Nodes.Any(other => other.Node.Address == node.Address && other.Node.StartedAt > node.StartedAt)
                || await _probe.Refuses(node.Address, cancel).ConfigureAwait(false));
    }

    private async Task Break(Exception fault)
    {
        (_fault, _failures) = (fault, _failures + 1);
        if (_guards)
        {
            Volatile.Write(ref _trustedUntil, 0); // others may see the lock free from now on
        }

        if (_failures == 1 && !_stop.IsCancellationRequested)
        {
            _log.LeaseTableFailed(Retry.TotalSeconds, fault);
        }

        if (_session is { } session)
        {
            _session = null;
            _suspects.Clear();
            _dead.Clear();
            try
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It is broken; that is why.
            }
        }
    }

    private async Task First(CancellationToken cancel)
    {
        _session = await Open(cancel).ConfigureAwait(false);
        var sent = _clock.GetTimestamp();
        var (began, _, _) = await _session.Look(cancel).ConfigureAwait(false);
        _clock.Learn(sent, _clock.GetTimestamp(), began);
        _self = _self with { StartedAt = began };
        for (; ; )
        {
            cancel.ThrowIfCancellationRequested();
            await Turn().ConfigureAwait(false);
            if (_fault is not null)
            {
                throw _fault;
            }

            if (_table.Answer.Nodes.FirstOrDefault(Excludes) is not { } other)
            {
                return;
            }

            // One that died without a word is gone by then; one that renews is alive.
            if (other.RenewedAt > began || _clock.GetElapsedTime(sent) > _options.Duration + _options.Renewal)
            {
                await Last().ConfigureAwait(false);
                throw new JoinRefusedException(_self.Address.Length == 0
                    ? $"Another node ({other.Node.Name}) runs on this database. Give each node a --cluster-url so that they can reach each other, or stop it."
                    : $"The node {other.Node.Name} on this database was started without --cluster-url and can't be reached. Restart it with one, or stop it.");
            }

            await RestUnlessAsked(_options.Look).ConfigureAwait(false);
            _due = _session is not null && _suspects.Count == 0; // a renewal tells whether the other has renewed; a look, whether it has its lock
        }
    }

    // Two that start at the same time: the one with the smaller name stays.
    private bool Excludes(NodeLease other) => other.Node.Name != _self.Name
        && (_self.Address.Length == 0 || other.Node.Address.Length == 0)
        && (other.State != NodeState.Joining || string.CompareOrdinal(other.Node.Name, _self.Name) < 0);

    /// <summary>Removes the node from the table, if that works at once, and ends the session.</summary>
    private async Task Last()
    {
        Volatile.Write(ref _trustedUntil, 0);
        Volatile.Write(ref _leaseUntil, 0);
        if (_session is { } session)
        {
            try
            {
                using var limit = new CancellationTokenSource(_options.Patience, _clock);
                await session.Renew(new(_self, ++_number, _options.Duration) { Leaves = true }, limit.Token).ConfigureAwait(false);
                await session.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                _log.LeaseTableFailed(0, fault);
            }

            _session = null;
        }
    }
}
