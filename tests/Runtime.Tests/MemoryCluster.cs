using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>A grain whose number is kept in a store with compare-and-set, so that two owners at once would show.</summary>
public interface ICounter : IGrainWithStringKey
{
    Task<long> Add();

    Task<long> Read();

    Task Hang();

    Task Remind(TimeSpan due);
}

public sealed class CounterGrain(MemoryCluster cluster) : Grain, ICounter, IRemindable
{
    private long _number;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _number = cluster.Counters.GetValueOrDefault(Key);
        return Task.CompletedTask;
    }

    public async Task<long> Add()
    {
        await Task.Yield();
        var stored = _number == 0 ? cluster.Counters.TryAdd(Key, 1) : cluster.Counters.TryUpdate(Key, _number + 1, _number);
        return stored ? ++_number : throw new InvalidOperationException($"{Key} has two owners.");
    }

    public Task<long> Read() => Task.FromResult(_number);

    public Task Hang()
    {
        cluster.Hanging.TrySetResult();
        return Task.Delay(Timeout.Infinite);
    }

    public Task Remind(TimeSpan due) => this.RegisterOrUpdateReminder("r", due, TimeSpan.FromHours(1));

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        cluster.Ticks.AddOrUpdate(Key, 1, (_, ticks) => ticks + 1);
        return Task.CompletedTask;
    }
}

/// <summary>Nodes in one process, on the machine's clock.</summary>
public sealed class MemoryCluster : ITransport, IPeerProbe, IAsyncDisposable
{
    private readonly List<MemoryNode> _nodes = [];
    private readonly MemoryReminderTable _reminders = new();

    public MemoryCluster() => Table.Before = (node, _) => IsCut || _nodes.Exists(n => n.IsDead && n.Ownership.Self.Name == node)
        ? Task.FromException(new IOException("cut")) : Task.CompletedTask;

    public MemoryLeaseTable Table { get; } = new(TimeProvider.System);

    public ConcurrentDictionary<string, long> Counters { get; } = new();

    public ConcurrentDictionary<string, int> Ticks { get; } = new();

    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The table can't be reached.</summary>
    public bool IsCut { get; set; }

    /// <summary>A connection to a node that dies says nothing.</summary>
    public bool IsMute { get; set; }

    public IEnumerable<MemoryNode> Alive => _nodes.Where(node => !node.IsDead);

    public async Task<MemoryNode> Add()
    {
        var node = new MemoryNode(this, $"host:{_nodes.Count + 1}", _reminders);
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        await node.Ownership.Start();
        node.Node.Start();
        await node.Ownership.Serve();
        return node;
    }

    /// <summary>Waits until the nodes have their shares.</summary>
    public Task Even() => Hosts.Until(() =>
        Alive.Sum(node => node.Ownership.Owned.Count) == Partition.Count && Alive.All(node => node.Ownership.Owned.Count >= Partition.Count / Alive.Count()));

    public string KeyOn(MemoryNode node) => Enumerable.Range(0, 1_000).Select(i => $"w/k{i}")
        .First(key => node.Ownership.Owner(Partition.Of(new(nameof(CounterGrain), key))).IsLocal);

    public void Kill(MemoryNode node)
    {
        node.IsDead = true;
        if (!IsMute)
        {
            node.Died.TrySetResult();
        }

        Table.Break(node.Ownership.Self.Name);
    }

    public async ValueTask<RemoteAnswer> Send(string node, RemoteCall call, CancellationToken cancel)
    {
        var to = _nodes.Find(n => n.Ownership.Self.Name == node)!;
        if (to.IsDead)
        {
            throw new CallRefusedException($"{node} can't be reached.");
        }

        var answer = to.Node.Receive(call, cancel).AsTask();
        return await Task.WhenAny(answer, to.Died.Task) == answer && !to.IsDead ? await answer : throw new SiloUnavailableException($"{node} is lost.");
    }

    public ValueTask<bool> Refuses(string address, CancellationToken cancel) =>
        ValueTask.FromResult(_nodes.Find(node => node.Ownership.Self.Address == address)!.IsDead);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Alive.ToList())
        {
            await node.Node.DisposeAsync();
            await node.Ownership.DisposeAsync();
        }
    }
}

/// <summary>One of them.</summary>
public sealed class MemoryNode
{
    public MemoryNode(MemoryCluster cluster, string address, MemoryReminderTable reminders)
    {
        var clock = new SharedClock(TimeProvider.System);
        var entry = new NodeEntry($"{address}/1", address, ["api", "silo"], "1", default);
        var options = new LeaseOptions { Duration = TimeSpan.FromSeconds(4), Renewal = TimeSpan.FromSeconds(1) };
        Ownership = new(cluster.Table, entry, clock, cluster, options, NullLogger<LeasedOwnership>.Instance);
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddSingleton<IReminderTable>(reminders).AddSingleton(cluster)
            .AddSingleton<IOwnership>(Ownership).AddSingleton<ITransport>(cluster).BuildServiceProvider();
        Node = new(services, [(typeof(ICounter), typeof(CounterGrain))]);
    }

    public LeasedOwnership Ownership { get; }

    public GrainNode Node { get; }

    public bool IsDead { get; set; }

    public TaskCompletionSource Died { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public T Get<T>(string key) where T : IGrainWithStringKey => Node.GetGrain<T>(key);

    /// <summary>Drains, as a node does before it stops.</summary>
    public async Task Leave()
    {
        await Ownership.Leave().Soon();
        await Node.Quiet().Soon();
    }
}

/// <summary>Callers that count up, each waiting for one answer before it sends the next call.</summary>
public sealed class CounterLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentQueue<Exception> _failed = [];
    private readonly List<Task> _callers;
    private long _calls;

    public CounterLoad(MemoryNode from) =>
        _callers = [.. Enumerable.Range(0, 16).Select(caller => Task.Run(() => Call(from, new(caller))))];

    public Dictionary<string, long> Acknowledged => _acknowledged.ToDictionary();

    /// <summary>Waits until so many more calls have been answered.</summary>
    public Task Runs(int calls)
    {
        var until = Volatile.Read(ref _calls) + calls;
        return Hosts.Until(() => Volatile.Read(ref _calls) >= until);
    }

    public async Task<ConcurrentQueue<Exception>> Stop()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers).Soon();
        return _failed;
    }

    public async ValueTask DisposeAsync() => await Stop();

    private async Task Call(MemoryNode from, Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var key = $"w/c{random.Next(100)}";
            try
            {
                await from.Get<ICounter>(key).Add();
                _acknowledged.AddOrUpdate(key, 1, (_, count) => count + 1);
            }
            catch (Exception fault)
            {
                _failed.Enqueue(fault);
            }

            Interlocked.Increment(ref _calls);
        }
    }
}
