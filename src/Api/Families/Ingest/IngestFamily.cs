namespace Troupe.Api.Families.Ingest;

/// <summary>The routes outside systems push to, under <c>/api/v1/public</c>.</summary>
public static class IngestFamily
{
    /// <summary>The family's accent.</summary>
    public static Accent Accent { get; } = new IngestAccent();

    /// <summary>The route table.</summary>
    public static void MapIngestFamily(this IEndpointRouteBuilder routes)
    {
        var family = new Family(routes, Accent, Credential.ApiKey);
        family.MapIngest();
        family.MapTrigger();
    }
}
