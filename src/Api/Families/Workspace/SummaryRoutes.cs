using Troupe.Api.Auth;
using Troupe.Api.Families.Operator;

namespace Troupe.Api.Families.Workspace;

/// <summary>The caller's own workspace.</summary>
internal static class SummaryRoutes
{
    private const string AnyRead = "crm:read support:read tasks:read activity:read cms:read assets:read integrations:read analytics:read bi:read";

    public static void MapSummary(this Family family) =>
        family.Get("/workspace", AnyRead, async (KeyCaller by, IGrainFactory grains) =>
        {
            var workspace = await grains.WorkspaceOf(by.Workspace).Read();
            return workspace.Ok
                ? new WorkspaceSummary(workspace.Value.Id, workspace.Value.Value.Name, workspace.Value.Value.Modules)
                : (Outcome<WorkspaceSummary>)new Failure(Refusal.Missing, "workspace_not_found", "There is no workspace for this key any more.");
        });
}

/// <summary>A workspace as the holder of a key sees it.</summary>
/// <param name="EnabledModules">The modules that are switched on.</param>
public sealed record WorkspaceSummary(string Id, string Name, IReadOnlyList<string> EnabledModules);
