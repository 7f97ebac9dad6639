using Troupe.Api.Families;

namespace Troupe.Api.Operations;

/// <summary>The page that <c>docs_url</c> of every error points to: <c>docs/reference/errors.md</c> as it was when the program was built.</summary>
internal static class ErrorPage
{
    public static void MapErrorPage(this IEndpointRouteBuilder routes) =>
        routes.MapGet(ErrorCodes.Page, () => TypedResults.Stream(
            typeof(ErrorPage).Assembly.GetManifestResourceStream("errors.md")!, "text/markdown; charset=utf-8"));
}
