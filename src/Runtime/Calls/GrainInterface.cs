using System.Collections.Frozen;
using System.Reflection;

namespace Troupe.Runtime;

/// <summary>A grain interface, the grain behind it, and its methods.</summary>
internal sealed class GrainInterface
{
    private GrainProxy? _prototype;

    internal GrainInterface(Type type, GrainType grain)
    {
        if (!type.IsInterface || !type.IsAssignableFrom(grain.Class))
        {
            throw new InvalidOperationException($"{grain.Class} can't stand behind {type}: it must be an interface that the class implements.");
        }

        var methods = type.GetInterfaces().Append(type)
            .SelectMany(i => i.GetMethods(BindingFlags.Instance | BindingFlags.Public))
            .Select(m => KeyValuePair.Create(m, GrainMethod.Of(type, m)))
            .ToArray();
        if (methods.GroupBy(m => m.Key.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"{type} has {twice.Key} twice. Grain methods go by their names: give each its own.");
        }

        Type = type;
        Grain = grain;
        Methods = methods.ToFrozenDictionary();
        ByName = methods.ToFrozenDictionary(m => m.Key.Name, m => m.Value);
    }

    internal Type Type { get; }

    internal GrainType Grain { get; }

    internal FrozenDictionary<MethodInfo, GrainMethod> Methods { get; }

    internal FrozenDictionary<string, GrainMethod> ByName { get; }

    internal GrainProxy Reference(string key) => (_prototype ??= GrainProxy.Prototype(this)).For(key);
}
