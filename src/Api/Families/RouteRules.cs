using Microsoft.AspNetCore.Http.Metadata;
using Troupe.Identity;

namespace Troupe.Api.Families;

/// <summary>Who may call a route; checked before anything of the request is bound.</summary>
/// <param name="Family">The family the route belongs to.</param>
/// <param name="Scope">The needed scope; several separated by a space mean any one of them; empty for any credential of the family; <see cref="Family.Open"/>
/// for none.</param>
public sealed record Access(Family Family, string Scope)
{
    /// <summary>The scopes of which one is needed; empty when the credential alone is enough.</summary>
    public IReadOnlyList<string> AnyOf { get; } = Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the route asks for no credential.</summary>
    public bool IsOpen { get; } = Scope == Family.Open;

    /// <summary>The module the route belongs to; null when it works without one.</summary>
    public string? Module { get; } = Scope.Contains(' ', StringComparison.Ordinal) ? null : Scopes.ModuleOf(Scope);

    /// <summary>Whether these scopes are enough. Runs for every request.</summary>
    public bool IsMet(IReadOnlyList<string> scopes)
    {
        for (var i = 0; i < AnyOf.Count; i++)
        {
            if (scopes.Contains(AnyOf[i]))
            {
                return true;
            }
        }

        return AnyOf.Count == 0;
    }
}

/// <summary>The status of a success when it is not 200.</summary>
/// <param name="Status">The HTTP status.</param>
public sealed record SuccessStatus(int Status);

/// <summary>How long a page may be.</summary>
/// <param name="Default">Items when the caller does not say.</param>
/// <param name="Max">Most items; more is refused.</param>
public sealed record PageRules(int Default, int Max);

/// <summary>A route whose body is read as a stream and may have any size.</summary>
internal sealed class AnySize : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => null;
}

/// <summary>What a route line may add.</summary>
public static class RouteRules
{
    /// <summary>A success is 201.</summary>
    public static TBuilder Created<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new SuccessStatus(StatusCodes.Status201Created));

    /// <summary>A success is 202.</summary>
    public static TBuilder Accepted<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new SuccessStatus(StatusCodes.Status202Accepted));

    /// <summary>The body may be larger than <see cref="Limits.BodyBytes"/>: the handler reads it as a stream and sees to its own bounds.</summary>
    public static TBuilder OfAnySize<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AnySize());

    /// <summary>Other page sizes than the family's.</summary>
    public static TBuilder Pages<TBuilder>(this TBuilder route, int max, int? byDefault = null) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new PageRules(byDefault ?? Math.Min(max, Limits.PageDefault), max));
}
