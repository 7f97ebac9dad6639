using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Troupe.Runtime;

/// <summary>A reference to a grain: every interface method becomes a call. Also what references compare and print by.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "Generated references derive from it.")]
internal class GrainProxy : DispatchProxy
{
    private FrozenDictionary<MethodInfo, GrainMethod> _methods = null!;

    internal GrainType Type { get; private set; } = null!;

    internal string Key { get; private set; } = null!;

    /// <summary>The reference all references of an interface are copied from: copying is far cheaper than making one by reflection.</summary>
    internal static GrainProxy Prototype(GrainInterface grainInterface)
    {
        var proxy = (GrainProxy)Create(grainInterface.Type, typeof(GrainProxy));
        proxy.Type = grainInterface.Grain;
        proxy._methods = grainInterface.Methods;
        return proxy;
    }

    internal GrainProxy For(string key)
    {
        var proxy = (GrainProxy)MemberwiseClone();
        proxy.Key = key;
        return proxy;
    }

    public override bool Equals(object? obj) => obj is GrainProxy other && other.Type == Type && other.Key == Key;

    public override int GetHashCode() => HashCode.Combine(Type, Key);

    public override string ToString() => new GrainId(Type.Name, Key).ToString();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _methods[targetMethod!].Send(this, args!);
}
