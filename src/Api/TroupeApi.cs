using Troupe.Api.Auth;
using Troupe.Api.Families;
using Troupe.Api.Families.Ingest;
using Troupe.Api.Families.Operator;
using Troupe.Api.Families.Workspace;
using Troupe.Api.OpenApi;
using Troupe.Api.Operations;

namespace Troupe.Api;

/// <summary>Puts the API into an application.</summary>
public static class TroupeApi
{
    // The longer prefix first: /api/v1/public lies within /api/v1.
    private static readonly IReadOnlyList<Accent> Accents = [IngestFamily.Accent, WorkspaceFamily.Accent, OperatorFamily.Accent];

    /// <summary>Services of the API. Needs from elsewhere: <see cref="IGrainFactory"/>, <see cref="IStore"/>, <see cref="IDirectory"/>,
    /// <see cref="IAuditLog"/>, <see cref="IRowStore"/>, <see cref="TimeProvider"/>, <see cref="AdminToken"/>, <see cref="INode"/>,
    /// <see cref="PublicAddress"/>.</summary>
    public static IServiceCollection AddTroupeApi(this IServiceCollection services) =>
        services.AddSingleton<GrantCache>().AddSingleton<TableDoor>().AddSingleton<Bulk>().AddSingleton<Metrics>().AddSingleton<UsageCounter>()
            .AddHostedService(provider => provider.GetRequiredService<UsageCounter>()).AddDescriptions(Accents);

    /// <summary>The door and every route.</summary>
    public static void MapTroupeApi(this WebApplication app)
    {
        app.Services.GetRequiredService<Metrics>(); // listens from the start, not from the first scrape
        app.UseRouting();
        app.UseMiddleware<FrontDoor>([Accents]);
        app.MapWorkspaceFamily();
        app.MapIngestFamily();
        app.MapOperatorFamily();
        app.MapHealth();
        app.MapMetrics();
        app.MapErrorPage();
        app.MapDescriptions(Accents);
    }

    /// <summary>Only what supervisors ask: health and metrics. For a node that serves no customers.</summary>
    public static void MapTroupeOperations(this WebApplication app)
    {
        app.Services.GetRequiredService<Metrics>();
        app.UseRouting();
        app.MapHealth();
        app.MapMetrics();
    }
}
