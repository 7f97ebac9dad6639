using Troupe.Api.Families;

namespace Troupe.Api.Auth;

/// <summary>The holder of an API key, already let in. A handler that needs authority has this as a parameter, so it cannot run without.</summary>
/// <param name="Caller">On whose behalf.</param>
/// <param name="KeyId">The key, <c>key_…</c>.</param>
/// <param name="Scopes">What it may do.</param>
public sealed record KeyCaller(Caller Caller, string KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>The key's workspace; every id is looked up in it and nowhere else.</summary>
    public string Workspace => Caller.Workspace;

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<KeyCaller?> BindAsync(HttpContext context) => ValueTask.FromResult<KeyCaller?>(context.Caller());
}

/// <summary>The holder of the admin token, already let in.</summary>
/// <param name="RequestId">The request, for the audit entry.</param>
public sealed record OperatorCaller(string RequestId)
{
    /// <summary>The operator acting on a workspace.</summary>
    public Caller On(string workspace) => new(workspace, "operator", RequestId);

    /// <summary>The operator acting on records of the installation itself.</summary>
    public Caller OnSystem => On(GrainKey.System);

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<OperatorCaller?> BindAsync(HttpContext context) => ValueTask.FromResult<OperatorCaller?>(new(context.Frame().RequestId));
}
