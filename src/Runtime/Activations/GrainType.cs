using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Troupe.Runtime;

/// <summary>A grain class: how to make one, and where those in memory are. Finding one is a read of a concurrent dictionary, without a lock.</summary>
internal sealed class GrainType
{
    private readonly ConcurrentDictionary<string, Activation> _activations = new();
    private readonly ConcurrentDictionary<string, WorkerPool> _pools = new();
    private readonly ObjectFactory _factory;
    private int _offsets;
    private long _live, _formerCalls, _timeouts, _refused;

    internal GrainType(GrainNode node, Type grain)
    {
        if (!grain.IsSubclassOf(typeof(Grain)) || grain.IsAbstract)
        {
            throw new InvalidOperationException($"{grain} is not a grain class: it must be a concrete class that derives from Grain.");
        }

        Node = node;
        Class = grain;
        IsReentrant = grain.IsDefined(typeof(ReentrantAttribute));
        var workers = grain.GetCustomAttribute<StatelessWorkerAttribute>();
        MaxWorkers = workers is null ? 0 : workers.MaxLocalWorkers > 0 ? workers.MaxLocalWorkers : Environment.ProcessorCount;
        OverridesActivate = Overrides(nameof(Grain.OnActivateAsync));
        OverridesDeactivate = Overrides(nameof(Grain.OnDeactivateAsync));
        Latency = new(node.Clock);
        _factory = ActivatorUtilities.CreateFactory(grain, []);
    }

    internal GrainNode Node { get; }

    internal Type Class { get; }

    internal string Name => Class.Name;

    internal bool IsReentrant { get; }

    /// <summary>Most activations of a stateless worker; 0 for every other grain.</summary>
    internal int MaxWorkers { get; }

    internal bool OverridesActivate { get; }

    internal bool OverridesDeactivate { get; }

    /// <summary>How long its calls take.</summary>
    internal LatencyCounts Latency { get; }

    /// <summary>Activations in memory.</summary>
    internal long Live => Volatile.Read(ref _live);

    /// <summary>Calls that ran out of time.</summary>
    internal long Timeouts => Volatile.Read(ref _timeouts);

    /// <summary>Calls refused because a mailbox was full.</summary>
    internal long Refused => Volatile.Read(ref _refused);

    /// <summary>Calls taken in, since the node started.</summary>
    internal long Calls => Volatile.Read(ref _formerCalls) + All.Sum(activation => activation.Calls);

    internal IEnumerable<Activation> All =>
        MaxWorkers == 0 ? _activations.Select(entry => entry.Value) : _pools.SelectMany(entry => entry.Value.Workers);

    internal Grain Make(IServiceProvider services) => (Grain)_factory(services, null);

    /// <summary>Sends a call to a grain of this type, wherever it lives.</summary>
    internal void Send(string key, Call call)
    {
        if (Node.IsStopping && SynchronizationContext.Current is not Activation)
        {
            call.Fail(GrainNode.Stopped(new(Name, key))); // grains may finish what they do, nobody else starts anything
            return;
        }

        call.Deadline = Node.Pulse.CallDeadline;
        Route(key, call);
    }

    /// <summary>Brings a call to the grain's activation, making one if need be.</summary>
    internal void Route(string key, Call call)
    {
        for (; ; )
        {
            var delivery = MaxWorkers > 0
                ? _pools.GetOrAdd(key, static (key, type) => new(type, key), this).Deliver(call)
                : _activations.TryGetValue(key, out var activation) ? activation.Deliver(call) : Create(key, call);
            if (delivery == Delivery.Accepted)
            {
                return;
            }

            if (delivery == Delivery.Full)
            {
                Interlocked.Increment(ref _refused);
                call.Fail(new LimitExceededException($"{new GrainId(Name, key)} has {Node.Options.MailboxCalls} calls waiting. Try again later."));
                return;
            }
        }
    }

    /// <summary>True when a grain's place is on this node.</summary>
    internal bool IsLocal(string key) => Node.Ownership.Owner(Partition.Of(new(Name, key))).IsLocal;

    /// <summary>Puts a new activation with the calls left over in place of one that ends.</summary>
    internal Activation Succeed(Activation old, List<Call> left)
    {
        var successor = new Activation(this, old.Key);
        successor.Adopt(left);
        _activations[old.Key] = successor;
        Entered();
        return successor;
    }

    /// <summary>Gives up an activation whose partition has left between the look at its owner and the entry of the activation: whoever gave up those of the
    /// partition may have missed it.</summary>
    internal void LeaveIfMoved(Activation entered)
    {
        if (MaxWorkers == 0 && !IsLocal(entered.Key))
        {
            _ = entered.Deactivate(GrainNode.Moved, drains: false);
        }
    }

    /// <summary>Another number for each activation; a lost count does no harm.</summary>
    internal byte NextOffset() => (byte)_offsets++;

    internal void Entered() => Interlocked.Increment(ref _live);

    internal void Left(Activation activation)
    {
        _activations.TryRemove(KeyValuePair.Create(activation.Key, activation));
        Interlocked.Decrement(ref _live);
        Interlocked.Add(ref _formerCalls, activation.Calls);
    }

    internal void Left(string key, WorkerPool pool) => _pools.TryRemove(KeyValuePair.Create(key, pool));

    internal void CountTimeouts(int count) => Interlocked.Add(ref _timeouts, count);

    private Delivery Create(string key, Call call)
    {
        if (!IsLocal(key))
        {
            call.SendAway(new(Name, key), Node);
            return Delivery.Accepted;
        }

        var activation = new Activation(this, key);
        if (!_activations.TryAdd(key, activation))
        {
            return Delivery.Gone; // another caller was first; look again
        }

        Entered();
        var delivery = activation.Deliver(call);
        LeaveIfMoved(activation);
        return delivery;
    }

    private bool Overrides(string method) => Class.GetMethod(method)!.DeclaringType != typeof(Grain);
}
