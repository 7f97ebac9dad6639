using System.Linq.Expressions;
using System.Reflection;

namespace Troupe.Runtime;

/// <summary>The result of a method that has none.</summary>
internal readonly record struct Nothing;

/// <summary>One method of a grain interface.</summary>
internal abstract class GrainMethod
{
    private readonly MethodInfo _method;
    private Func<object, object?[], Task>? _invoke;

    protected GrainMethod(Type grainInterface, MethodInfo method)
    {
        _method = method;
        Interface = grainInterface;
        Parameters = [.. method.GetParameters().Select(p => p.ParameterType)];
        CancelIndex = Array.IndexOf(Parameters, typeof(CancellationToken));
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        OneWay = method.IsDefined(typeof(OneWayAttribute));
    }

    /// <summary>The interface callers use; the method may come from one it extends.</summary>
    internal Type Interface { get; }

    internal string Name => _method.Name;

    internal Type[] Parameters { get; }

    /// <summary>Index of the cancellation token; -1 without one.</summary>
    internal int CancelIndex { get; }

    internal bool AlwaysInterleave { get; }

    internal bool OneWay { get; }

    /// <summary>Describes a method. Refuses what can't be a grain method, so that it shows at start and not in a call.</summary>
    internal static GrainMethod Of(Type grainInterface, MethodInfo method)
    {
        var returns = method.ReturnType;
        var result = returns == typeof(Task) || returns == typeof(ValueTask) ? typeof(Nothing)
            : returns.IsGenericType && (returns.GetGenericTypeDefinition() == typeof(Task<>) || returns.GetGenericTypeDefinition() == typeof(ValueTask<>))
                ? returns.GenericTypeArguments[0]
                : throw Refuse(grainInterface, method, "must return Task, Task<T>, ValueTask or ValueTask<T>");
        if (!method.IsAbstract)
        {
            throw Refuse(grainInterface, method, "can't have a body: references would not know it");
        }

        if (method.IsGenericMethodDefinition || method.GetParameters().Any(p => p.ParameterType.IsByRef))
        {
            throw Refuse(grainInterface, method, "can't be generic or have ref parameters");
        }

        if (method.IsDefined(typeof(OneWayAttribute)) && result != typeof(Nothing))
        {
            throw Refuse(grainInterface, method, "is one-way and can't have a result");
        }

        if (method.GetParameters().Count(p => p.ParameterType == typeof(CancellationToken)) > 1)
        {
            throw Refuse(grainInterface, method, "can't have two cancellation tokens");
        }

        return (GrainMethod)Activator.CreateInstance(
            typeof(GrainMethod<>).MakeGenericType(result), BindingFlags.Instance | BindingFlags.NonPublic, null, [grainInterface, method], null)!;
    }

    /// <summary>The value of a parameter that the caller, of an older version, did not send. Throws when it has no default.</summary>
    internal object? Default(int parameter) => _method.GetParameters()[parameter] is { HasDefaultValue: true } optional
        ? optional.DefaultValue ?? (Nullable.GetUnderlyingType(Parameters[parameter]) is null && Parameters[parameter].IsValueType
            ? Activator.CreateInstance(Parameters[parameter])
            : null)
        : throw new ArgumentException($"{Interface.Name}.{Name} takes {Parameters.Length} arguments; fewer came.");

    /// <summary>Calls the method on a grain.</summary>
    internal Task Invoke(object grain, object?[] arguments) => (_invoke ??= Compile())(grain, arguments);

    /// <summary>Starts a call and gives back what the proxy returns: a task of the method's own type.</summary>
    internal abstract object Send(GrainProxy proxy, object?[] arguments);

    /// <summary>Runs a call that came from another node.</summary>
    internal abstract Task<RemoteAnswer> Receive(GrainType type, RemoteCall call, CancellationToken cancel);

    private static InvalidOperationException Refuse(Type grainInterface, MethodInfo method, string rule) => new($"{grainInterface}.{method.Name} {rule}.");

    // Compiled at the first call, since most methods of a large catalogue are not called in the first second.
    private Func<object, object?[], Task> Compile()
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        Expression call = Expression.Call(
            Expression.Convert(grain, _method.DeclaringType!),
            _method,
            Parameters.Select((type, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), type)));
        if (_method.ReturnType.IsValueType)
        {
            call = Expression.Call(call, nameof(ValueTask.AsTask), []);
        }

        return Expression.Lambda<Func<object, object?[], Task>>(Expression.Convert(call, typeof(Task)), grain, arguments).Compile();
    }
}

/// <summary>A method with its result type.</summary>
internal sealed class GrainMethod<T> : GrainMethod
{
    private readonly bool _valueTask;

    internal GrainMethod(Type grainInterface, MethodInfo method)
        : base(grainInterface, method) => _valueTask = method.ReturnType.IsValueType;

    /// <summary>The result of a task that ended well.</summary>
    internal static T Result(Task task) => typeof(T) == typeof(Nothing) ? default! : ((Task<T>)task).Result;

    internal Call<T> Make(GrainType type, object?[] arguments)
    {
        var interleaves = type.IsReentrant || AlwaysInterleave;
        return CancelIndex < 0 ? new Call<T>(this, interleaves, arguments) : new CancellableCall<T>(this, interleaves, arguments);
    }

    internal override Task<RemoteAnswer> Receive(GrainType type, RemoteCall call, CancellationToken cancel) => RemoteCalls.Receive(this, type, call, cancel);

    internal override object Send(GrainProxy proxy, object?[] arguments)
    {
        var call = Make(proxy.Type, arguments);
        proxy.Type.Send(proxy.Key, call);
        if (!_valueTask)
        {
            return call.Answer ?? Task.CompletedTask;
        }

        return typeof(T) != typeof(Nothing) ? new ValueTask<T>(call.Answer!) : call.Answer is { } answer ? new ValueTask(answer) : default(ValueTask);
    }
}
