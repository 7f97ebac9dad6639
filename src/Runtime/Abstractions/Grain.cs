namespace Troupe.Runtime;

/// <summary>Something that can be called through a reference.</summary>
public interface IAddressable;

/// <summary>Marks an interface whose calls go to a grain.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain addressed by a string.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>Makes references. A reference costs nothing and calls nobody until a method is called.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain of this interface and key. The grain is activated by the first call.</summary>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey) where TGrainInterface : IGrainWithStringKey;
}

/// <summary>What the runtime gives an activation to work with.</summary>
public interface IGrainContext
{
    /// <summary>Type and key.</summary>
    GrainId GrainId { get; }

    /// <summary>Services of the node.</summary>
    IServiceProvider ActivationServices { get; }
}

/// <summary>What every grain class is.</summary>
public interface IGrainBase
{
    /// <summary>The activation's context.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call; a failure here fails the waiting calls and gives the activation up.</summary>
    Task OnActivateAsync(CancellationToken token);

    /// <summary>Runs after the last call.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token);
}

/// <summary>Type and key of a grain.</summary>
/// <param name="Type">The grain class's name.</param>
/// <param name="Key">The key.</param>
public readonly record struct GrainId(string Type, string Key)
{
    /// <summary><c>type/key</c>, for logs.</summary>
    public override string ToString() => $"{Type}/{Key}";
}

/// <summary>Base class of grains: one turn at a time, unless marked otherwise.</summary>
public abstract class Grain : IGrainBase
{
    /// <inheritdoc/>
    /// <remarks>Known from the constructor on. Null in a grain that was made by hand, which no runtime keeps.</remarks>
    public IGrainContext GrainContext { get; } = (SynchronizationContext.Current as IGrainContext)!;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Activation.Of(this).Node;

    /// <summary>Services of the node.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    /// <inheritdoc/>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gives the activation up once it has nothing to do; calls that come later make a new one.</summary>
    protected void DeactivateOnIdle() => Activation.Of(this).DeactivateOnIdle();

    /// <summary>Keeps the activation at least this long, however idle.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.Of(this).DelayDeactivation(timeSpan);
}

/// <summary>Calls may interleave at awaits with any other call.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>Several activations a node, no state worth keeping.</summary>
/// <param name="maxLocalWorkers">Most activations a node; -1 is the number of processors.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute(int maxLocalWorkers = -1) : Attribute
{
    /// <summary>Most activations a node; -1 is the number of processors.</summary>
    public int MaxLocalWorkers { get; } = maxLocalWorkers;
}

/// <summary>Calls of this method may interleave with any other call of the grain.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The caller does not wait and never learns what became of the call.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

/// <summary>Why an activation ends.</summary>
public enum DeactivationReasonCode
{
    /// <summary>No reason given.</summary>
    None,

    /// <summary>The node is stopping.</summary>
    ShuttingDown,

    /// <summary>Activation failed.</summary>
    ActivationFailed,

    /// <summary>Idle for longer than the collection age.</summary>
    ActivationIdle,

    /// <summary>The grain asked.</summary>
    ApplicationRequested,

    /// <summary>The grain's partition moved to another node.</summary>
    Migrating,
}

/// <summary>Why an activation ends, with a sentence.</summary>
public readonly record struct DeactivationReason(DeactivationReasonCode ReasonCode, string Description);
