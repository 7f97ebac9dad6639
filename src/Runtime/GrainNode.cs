using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Troupe.Runtime;

/// <summary>The actors of one process: the grain types it knows, and the parts that make them work. Takes calls from its making on; reminders run
/// between <see cref="Start"/> and <see cref="Stop"/>.</summary>
public sealed class GrainNode : IGrainFactory, IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private readonly FrozenDictionary<Type, GrainInterface> _interfaces;
    private readonly FrozenDictionary<string, GrainInterface> _interfacesByName;
    private readonly FrozenDictionary<string, GrainType> _types;
    private long _receiving;
    private volatile bool _stopping;
    private bool _disposed;

    /// <summary>Sets a node up. Throws <see cref="InvalidOperationException"/> for a pair that can't work, so that it shows at start.</summary>
    /// <param name="services">The node's services: a <see cref="TimeProvider"/>, an <see cref="IReminderTable"/>, what the grains' constructors ask for, and,
    /// if they are to differ from the one-node defaults, <see cref="RuntimeOptions"/>, <see cref="IOwnership"/>, <see cref="ITransport"/>.</param>
    /// <param name="grains">Grain interfaces and the classes behind them.</param>
    public GrainNode(IServiceProvider services, IEnumerable<(Type Interface, Type Class)> grains)
    {
        Services = services;
        Options = services.GetService<RuntimeOptions>() ?? new();
        Clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Ownership = services.GetService<IOwnership>() ?? new LocalOwnership();
        Transport = services.GetService<ITransport>() ?? new NoTransport();
        Codec = new(Options.Json);
        Log = services.GetService<ILogger<GrainNode>>() ?? (ILogger)NullLogger.Instance;
        (_types, _interfaces) = Read(grains);
        _interfacesByName = _interfaces.Values.ToFrozenDictionary(i => i.Type.FullName!);
        Pulse = new(this);
        Reminders = new(this, services.GetRequiredService<IReminderTable>());
        Meters = new(this);
        Ownership.Changed += Follow;
    }

    internal IServiceProvider Services { get; }

    internal RuntimeOptions Options { get; }

    internal TimeProvider Clock { get; }

    internal IOwnership Ownership { get; }

    internal ITransport Transport { get; }

    internal CallCodec Codec { get; }

    internal ILogger Log { get; }

    internal Pulse Pulse { get; }

    internal Reminders Reminders { get; }

    internal RuntimeMeters Meters { get; }

    internal IEnumerable<GrainType> Types => _types.Values;

    /// <summary>Only grains may call from now on.</summary>
    internal bool IsStopping => _stopping;

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey) where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        return _interfaces.TryGetValue(typeof(TGrainInterface), out var found)
            ? (TGrainInterface)(object)found.Reference(primaryKey)
            : throw new InvalidOperationException($"No grain class is registered for {typeof(TGrainInterface)}.");
    }

    /// <summary>Starts the reminders.</summary>
    public void Start() => Reminders.Start();

    /// <summary>Stops taking calls from anybody but grains, serves what is queued, deactivates every activation, and after
    /// <see cref="RuntimeOptions.StopTimeout"/> fails what is left. Stopping twice does nothing.</summary>
    public async Task Stop(CancellationToken cancel = default)
    {
        if (IsStopping)
        {
            return;
        }

        _stopping = true;
        Reminders.Pause();
        using var limit = new CancellationTokenSource(Options.StopTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            // Grains that end may call others and bring new ones up, hence the loop.
            while (Types.SelectMany(type => type.All).ToList() is { Count: > 0 } live)
            {
                var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The node is stopping.");
                await Task.WhenAll(live.ConvertAll(activation => activation.Deactivate(reason, drains: true))).WaitAsync(either.Token);
            }

            await Reminders.Flush().WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            var left = Types.SelectMany(type => type.All).ToList();
            Log.StoppedEarly(left.Count);
            left.ForEach(activation => activation.Abandon());
        }
    }

    /// <summary>Runs a call that came from another node. Never throws: faults travel in the answer.</summary>
    public async ValueTask<RemoteAnswer> Receive(RemoteCall call, CancellationToken cancel)
    {
        if (IsStopping || !_interfacesByName.TryGetValue(call.Interface, out var found) || !found.ByName.TryGetValue(call.Method, out var method))
        {
            return RemoteCalls.Fault(new CallRefusedException(IsStopping ? "The node is stopping." : $"This node has no {call.Interface}.{call.Method}."));
        }

        if (!found.Grain.IsLocal(call.Grain.Key))
        {
            return RemoteCalls.Fault(new CallRefusedException($"{call.Grain} does not live on this node."));
        }

        Interlocked.Increment(ref _receiving);
        try
        {
            return await method.Receive(found.Grain, call, cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _receiving);
        }
    }

    /// <summary>Ends when no call of another node waits for its answer here. Calls that were queued when their partition left get theirs through this node,
    /// so a node that has handed everything over waits for this before it closes its connections.</summary>
    public async Task Quiet(CancellationToken cancel = default)
    {
        while (Volatile.Read(ref _receiving) > 0)
        {
            await Task.Delay(s_look, Clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Activations in memory, by grain class; classes without any are left out.</summary>
    public IReadOnlyDictionary<string, long> ActivationCounts() =>
        Types.Where(type => type.Live > 0).OrderBy(type => type.Name).ToDictionary(type => type.Name, type => type.Live);

    /// <summary>Calls waiting or running, by grain class; classes without any are left out.</summary>
    public IReadOnlyDictionary<string, long> HeldCounts() =>
        Types.Select(type => (type.Name, Held: type.All.Sum(activation => (long)activation.Held))).Where(type => type.Held > 0)
            .OrderBy(type => type.Name).ToDictionary(type => type.Name, type => type.Held);

    /// <summary>How long calls took, by grain class; classes nobody called are left out.</summary>
    public IReadOnlyList<CallTimes> CallTimes() =>
        [.. Types.OrderBy(type => type.Name).Select(type => type.Latency.Read(type.Name)).Where(times => times.Counts.Any(count => count > 0))];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await Stop();
        Pulse.Dispose();
        Reminders.Dispose();
        Meters.Dispose();
    }

    /// <summary>Why activations of a lost partition end.</summary>
    internal static readonly DeactivationReason Moved = new(DeactivationReasonCode.Migrating, "Another node owns the partition now.");

    internal static SiloUnavailableException Stopped(GrainId grain) =>
        new($"The node is stopping or has lost {grain}, which was not called, or its answer is lost.");

    /// <summary>A timer, not set yet, that carries nothing of whoever makes it.</summary>
    internal ITimer Timer(TimerCallback callback, object state)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The type of a grain; null when this node has no such class (any more).</summary>
    internal GrainType? FindType(string name) => _types.GetValueOrDefault(name);

    private (FrozenDictionary<string, GrainType>, FrozenDictionary<Type, GrainInterface>) Read(IEnumerable<(Type Interface, Type Class)> grains)
    {
        var types = new Dictionary<string, GrainType>();
        var interfaces = new Dictionary<Type, GrainInterface>();
        foreach (var (grainInterface, grain) in grains)
        {
            if (!types.TryGetValue(grain.Name, out var type))
            {
                types[grain.Name] = type = new(this, grain);
            }

            if (type.Class != grain || !interfaces.TryAdd(grainInterface, new(grainInterface, type)))
            {
                throw new InvalidOperationException($"{grainInterface} or the class name {grain.Name} is registered twice.");
            }
        }

        return (types.ToFrozenDictionary(), interfaces.ToFrozenDictionary());
    }

    private void Follow(object? ownership, PartitionsChangedEventArgs change)
    {
        Reminders.Move(change);
        var gone = change.Lost.ToHashSet();
        foreach (var activation in Types.Where(type => type.MaxWorkers == 0).SelectMany(type => type.All))
        {
            if (gone.Count > 0 && Partition.Of(activation.GrainId) is var partition && gone.Contains(partition))
            {
                change.Hold(partition, GiveUp(activation));
            }
            else
            {
                activation.Resume();
            }
        }
    }

    private async Task GiveUp(Activation activation)
    {
        var ended = activation.Deactivate(Moved, drains: false);
        try
        {
            await ended.WaitAsync(Options.DrainTimeout, Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.TurnsAbandoned(activation.GrainId, Options.DrainTimeout.TotalSeconds);
            activation.Abandon();
        }
    }
}
