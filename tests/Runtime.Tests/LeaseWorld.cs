using Microsoft.Extensions.Logging.Abstractions;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Many nodes and one lease table in a world where time passes only from event to event, on one thread: what happens is decided by the seed alone.
/// After every event the world checks that no partition is served twice.</summary>
internal sealed class LeaseWorld
{
    private readonly PriorityQueue<Action, (TimeSpan, long)> _events = new();
    private long _order;
    private List<(LeaseMember, IReadOnlyList<int>, int)> _checked = [];

    public LeaseWorld(int seed, bool guards)
    {
        SynchronizationContext.SetSynchronizationContext(null); // what follows an await runs at once, in the event that ended it
        Random = new(seed);
        Table = new(new WorldClock(this, null)) { Guards = guards };
    }

    public Random Random { get; }

    public MemoryLeaseTable Table { get; }

    public TimeSpan Now { get; private set; }

    public List<LeaseMember> Members { get; } = [];

    /// <summary>Processes that run, paused or not.</summary>
    public IEnumerable<LeaseMember> Alive => Members.Where(member => !member.IsDead);

    public void In(TimeSpan time, Action what) => _events.Enqueue(what, (Now + time, _order++));

    public TimeSpan Between(int least, int most) => TimeSpan.FromMilliseconds(Random.Next(least, most));

    public LeaseMember Add(string address, string roles = "api,silo")
    {
        var member = new LeaseMember(this, address, roles);
        Members.Add(member);
        member.Run();
        return member;
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        while (_events.TryPeek(out var what, out var at) && at.Item1 <= end)
        {
            _events.Dequeue();
            Now = at.Item1;
            what();
            Check();
        }

        Now = end;
        Check();
    }

    /// <summary>Runs until something holds, and tells how long that took.</summary>
    public TimeSpan Until(Func<bool> holds)
    {
        var began = Now;
        while (!holds())
        {
            Assert.True(Now - began < TimeSpan.FromMinutes(1), "Waited in vain.");
            Run(TimeSpan.FromMilliseconds(1));
        }

        return Now - began;
    }

    /// <summary>Partitions nobody serves.</summary>
    public int Unserved() => Partition.Count - Serving.Sum(member => member.Ownership.Owned.Count);

    private List<LeaseMember> Serving => Members.FindAll(member => member is { IsDead: false, IsPaused: false } && member.Ownership.IsServing);

    /// <summary>No partition is served, or still being given up, by two that believe they may.</summary>
    private void Check()
    {
        Members.Find(member => member.Life.IsFaulted)?.Life.GetAwaiter().GetResult();
        var serving = Serving;
        var state = serving.ConvertAll(member => (member, member.Ownership.Owned, member.Settling.Count));
        if (state.SequenceEqual(_checked))
        {
            return;
        }

        _checked = state;
        var servers = new LeaseMember?[Partition.Count];
        foreach (var member in serving)
        {
            foreach (var partition in member.Ownership.Owned.Concat(member.Settling))
            {
                Assert.True(servers[partition] is null || servers[partition] == member,
                    $"At {Now} partition {partition} is served by {servers[partition]?.Name} and {member.Name}.");
                servers[partition] = member;
            }
        }
    }
}

/// <summary>A process in a <see cref="LeaseWorld"/>, and its way to the table.</summary>
internal sealed class LeaseMember : ILeaseTable, IPeerProbe
{
    private readonly LeaseWorld _world;
    private readonly List<Action> _missed = []; // what would have happened while it was paused

    public LeaseMember(LeaseWorld world, string address, string roles)
    {
        _world = world;
        Address = address;
        Name = $"{address}/{world.Members.Count:x16}";
        var clock = new SharedClock(new WorldClock(world, this));
        Ownership = new(
            this, new(Name, address, roles.Split(','), "1", default), clock, this, new(), NullLogger<LeasedOwnership>.Instance);
        Ownership.Changed += (_, change) => Settle(change);
    }

    public string Name { get; }

    public string Address { get; }

    public LeasedOwnership Ownership { get; }

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Nothing it sends arrives, and nothing is answered.</summary>
    public bool IsCut { get; set; }

    /// <summary>How long a turn of a lost partition still runs, at most.</summary>
    public int SettleMilliseconds { get; set; } = 200;

    /// <summary>Lost partitions with turns that still run.</summary>
    public HashSet<int> Settling { get; } = [];

    /// <summary>Ends when the process does.</summary>
    public Task Life { get; private set; } = Task.CompletedTask;

    public void Run() => Life = Live();

    public void Kill()
    {
        IsDead = true;
        _world.Table.Break(Name);
    }

    public void Pause(TimeSpan time)
    {
        IsPaused = true;
        _world.In(time, () =>
        {
            IsPaused = false;
            var missed = _missed.ToList();
            _missed.Clear();
            missed.ForEach(what => _world.In(TimeSpan.Zero, () => Do(what)));
        });
    }

    /// <summary>Does something in the process, if it runs.</summary>
    public void Do(Action what)
    {
        if (IsPaused)
        {
            _missed.Add(what);
        }
        else if (!IsDead)
        {
            what();
        }
    }

    public ValueTask<bool> Refuses(string address, CancellationToken cancel) => ValueTask.FromResult(_world.Alive.All(member => member.Address != address));

    public async ValueTask<ILeaseSession> Open(string node, bool guarded, CancellationToken cancel) =>
        new Line(this, await Ask(() => _world.Table.Open(node, guarded), cancel));

    private async Task Live()
    {
        await Ownership.Turn();
        _ = Ownership.Serve();
        while (!IsDead)
        {
            var next = new TaskCompletionSource();
            _world.In(Ownership.Pause(), () => Do(next.SetResult));
            await next.Task;
            await Ownership.Turn();
        }
    }

    private void Settle(PartitionsChangedEventArgs change)
    {
        // Once others may have a partition nobody waits for its turns any more: the store's compare-and-set keeps them from doing harm.
        foreach (var partition in change.Lost.Where(partition => Ownership.IsServing && _world.Table.Owner(partition) == Name))
        {
            var settled = new TaskCompletionSource();
            change.Hold(partition, settled.Task);
            Settling.Add(partition);
            _world.In(_world.Between(0, SettleMilliseconds + 1), () => Do(() =>
            {
                Settling.Remove(partition);
                settled.SetResult();
            }));
        }
    }

    /// <summary>There and back, each taking its time.</summary>
    private Task<T> Ask<T>(Func<T> what, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<T>();
        cancel.Register(() => answer.TrySetCanceled());
        if (IsCut)
        {
            return answer.Task;
        }

        _world.In(_world.Between(0, 5), () =>
        {
            T? result = default;
            Exception? fault = null;
            try
            {
                result = what();
            }
            catch (IOException broken)
            {
                fault = broken;
            }

            if (!IsCut)
            {
                _world.In(_world.Between(0, 5), () => Do(() => _ = fault is null ? answer.TrySetResult(result!) : answer.TrySetException(fault)));
            }
        });
        return answer.Task;
    }

    private sealed class Line(LeaseMember member, MemoryLeaseTable.Session session) : ILeaseSession
    {
        public bool IsGuarded { get; } = session.IsGuarded;

        public async ValueTask<LeaseAnswer> Renew(LeaseRequest request, CancellationToken cancel) => await member.Ask(() => session.Renew(request), cancel);

        public async ValueTask<LeaseGlance> Look(CancellationToken cancel) => await member.Ask(session.Look, cancel);

        public ValueTask Rest(TimeSpan time, CancellationToken cancel) => throw new NotSupportedException("The world paces the turns.");

        // A process that is cut off can't tell the table that a session is over; the table finds out by itself, much later.
        public ValueTask DisposeAsync()
        {
            member._world.In(member.IsCut ? TimeSpan.FromSeconds(11) : TimeSpan.FromMilliseconds(2), session.End);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The world's time. Timers of a paused process wait for its end; its own time of day is off by an hour, which must not matter.</summary>
internal sealed class WorldClock(LeaseWorld world, LeaseMember? member) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => TimeSpan.TicksPerDay + world.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + world.Now + (member is null ? TimeSpan.Zero : TimeSpan.FromHours(1));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private void In(TimeSpan time, Action what) => world.In(time, () => member!.Do(what));

    private sealed class Timer(WorldClock clock, Action fire) : ITimer
    {
        private int _set;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var set = ++_set;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock.In(dueTime, () =>
                {
                    if (set == _set)
                    {
                        fire();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _set++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
