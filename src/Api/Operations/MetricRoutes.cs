namespace Troupe.Api.Operations;

/// <summary>For a Prometheus server; no credential, so keep it from the public side of the proxy.</summary>
internal static class MetricRoutes
{
    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/metrics",
        (Metrics metrics, IEnumerable<IDistributions> sources) =>
            TypedResults.Text(PrometheusText.Write(metrics.Read(), sources.SelectMany(source => source.Read())), PrometheusText.MediaType));
}
