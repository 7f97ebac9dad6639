namespace Troupe.Api.Families.Operator;

/// <summary>The routes of the one who runs the installation, under <c>/admin</c>.</summary>
public static class OperatorFamily
{
    /// <summary>The family's accent; also that of paths outside every family.</summary>
    public static Accent Accent { get; } = new OperatorAccent();

    /// <summary>The route table.</summary>
    public static void MapOperatorFamily(this IEndpointRouteBuilder routes)
    {
        var family = new Family(routes, Accent, Credential.AdminToken);
        family.MapWorkspaces();
        family.MapKeys();
        family.MapCluster();
    }
}
