namespace Troupe.Api.Families.Workspace;

/// <summary>The routes of a workspace, under <c>/api/v1</c>: one line per resource.</summary>
public static class WorkspaceFamily
{
    /// <summary>The family's accent.</summary>
    public static Accent Accent { get; } = new WorkspaceAccent();

    /// <summary>The route table.</summary>
    public static void MapWorkspaceFamily(this IEndpointRouteBuilder routes)
    {
        var family = new Family(routes, Accent, Credential.ApiKey);
        family.MapSummary();
        family.MapAudit();
        family.MapUsage();
        family.MapCrm();
        family.MapTables();
        family.MapRows();
        family.MapImports();
        family.MapSpinners();
        family.MapJobs();
        family.MapRecords();
    }
}
