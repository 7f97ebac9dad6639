namespace Troupe.Runtime;

/// <summary>What shows that a node is out of reach.</summary>
public enum UnreachableReason
{
    /// <summary>Nothing listens at its address, or the address can't be reached.</summary>
    NoAnswer,

    /// <summary>Another start of the program listens at its address: this one is gone for certain.</summary>
    Replaced,

    /// <summary>The connection broke without a goodbye.</summary>
    Lost,

    /// <summary>The connection stands and nothing has come for <see cref="WireOptions.Silence"/>: stopped, or cut off.</summary>
    Silent,
}

/// <summary>A node could not be reached. A hint to look closer, no proof, except for <see cref="UnreachableReason.Replaced"/>.</summary>
public sealed class NodeUnreachableEventArgs(string node, UnreachableReason reason) : EventArgs
{
    /// <summary>The node's name.</summary>
    public string Node => node;

    /// <summary>What shows it.</summary>
    public UnreachableReason Reason => reason;
}
