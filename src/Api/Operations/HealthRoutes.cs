using Microsoft.AspNetCore.Http.HttpResults;

namespace Troupe.Api.Operations;

/// <summary>For load balancers and supervisors; no credential.</summary>
internal static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok(new Health("live", null)));
        routes.MapGet("/health/ready", Ready);
    }

    private static async Task<JsonHttpResult<Health>> Ready(INode node, CancellationToken cancel)
    {
        var reason = await node.Unready(cancel);
        return reason is null
            ? TypedResults.Json(new Health("ready", null))
            : TypedResults.Json(new Health("unready", reason), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private sealed record Health(string Status, string? Reason);
}
