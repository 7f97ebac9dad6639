using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Troupe.Api.Families;

namespace Troupe.Api.OpenApi;

/// <summary>The refusals a route can answer, as follows from what it is.</summary>
/// <param name="access">Who may call it.</param>
/// <param name="route">The route.</param>
/// <param name="hasBody">Whether it reads a body.</param>
/// <param name="isList">Whether it reads a page's size and cursor.</param>
internal sealed class PossibleErrors(Access access, ApiDescription route, bool hasBody, bool isList)
{
    /// <summary>Status, name of the shared response, and what it means.</summary>
    public IEnumerable<(int Status, string Name, string Meaning)> All =>
        Known.Where(error => error.When).Select(error => (error.Status, error.Name, error.Meaning)).DistinctBy(error => error.Status);

    private int Invalid { get; } = access.Family.Accent.StatusOf(Failure.Invalid("", ""));

    private bool NamesSomething => hasBody || route.RelativePath!.Contains('{', StringComparison.Ordinal);

    private (bool When, int Status, string Name, string Meaning)[] Known =>
    [
        (hasBody, StatusCodes.Status400BadRequest, "Malformed", "The request cannot be read."),
        (!access.IsOpen, StatusCodes.Status401Unauthorized, "Unauthorized", "The credential is missing, unknown or revoked."),
        (!access.IsOpen && access.AnyOf.Count > 0, StatusCodes.Status403Forbidden, "Forbidden",
            "The key has not the scope, the module is switched off, or the plan's limit is reached."),
        (NamesSomething, StatusCodes.Status404NotFound, "Missing", "There is no such thing in this workspace."),
        (route.HttpMethod != HttpMethods.Get, StatusCodes.Status409Conflict, "Conflict", "The state of the thing, or another request, does not allow this."),
        (hasBody, StatusCodes.Status413PayloadTooLarge, "TooLarge", "The body is too large."),
        (hasBody, StatusCodes.Status415UnsupportedMediaType, "Unsupported", "The body's media type is not read here."),
        (hasBody || isList, Invalid, "Invalid", "A field or parameter breaks a rule; see the field errors."),
        (access.Family.Credential == Credential.ApiKey, StatusCodes.Status429TooManyRequests, "Limited",
            "The rate limit is used up; Retry-After says when to come back."),
        (true, StatusCodes.Status503ServiceUnavailable, "Unavailable", "Too much to do, or the database is out of reach; try again."),
    ];
}
