using Troupe.Api.Families.Workspace;

namespace Troupe.Api.Families.Operator;

/// <summary>The operator's routes: the workspace accent under another prefix; also answers for paths that belong to no family.</summary>
public sealed class OperatorAccent : WorkspaceAccent
{
    /// <inheritdoc/>
    public override string Name => "operator";

    /// <inheritdoc/>
    public override string Prefix => "/admin";

    /// <inheritdoc/>
    public override Failure InvalidKey =>
        new(Refusal.Unauthorized, "unauthorized",
        "The admin token is needed: 'Authorization: Bearer …' with TROUPE_ADMIN_TOKEN or the content of <data>/admin.token.");
}
