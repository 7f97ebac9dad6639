using System.Diagnostics.CodeAnalysis;
using Troupe.Api.OpenApi;

namespace Troupe.Api.Families;

/// <summary>Which credential a family asks for.</summary>
public enum Credential
{
    /// <summary>A workspace's API key.</summary>
    ApiKey,

    /// <summary>The installation's admin token.</summary>
    AdminToken,
}

/// <summary>A group of routes that answer in one accent and ask for one kind of credential.</summary>
/// <remarks>Handlers return <see cref="Outcome{T}"/> (or a task of one) and name no status; an <see cref="IPage"/> inside becomes a list with a
/// cursor.</remarks>
public sealed class Family
{
    /// <summary>The scope of a route that asks for no credential because its path carries the secret.</summary>
    public const string Open = "-";

    private readonly RouteGroupBuilder _routes;

    /// <summary>Opens the group under the accent's prefix.</summary>
    public Family(IEndpointRouteBuilder routes, Accent accent, Credential credential)
    {
        (Accent, Credential) = (accent, credential);
        _routes = routes.MapGroup(accent.Prefix);
        _routes.AddEndpointFilter(Answers.Write);
        ((IEndpointConventionBuilder)_routes).Finally(RouteShapes.TellStatus);
    }

    /// <summary>How the family speaks.</summary>
    public Accent Accent { get; }

    /// <summary>Whom it lets in.</summary>
    public Credential Credential { get; }

    /// <summary>A GET route.</summary>
    public RouteHandlerBuilder Get([StringSyntax("Route")] string pattern, string scope, Delegate handler) => Map(HttpMethods.Get, pattern, scope, handler);

    /// <summary>A POST route.</summary>
    public RouteHandlerBuilder Post([StringSyntax("Route")] string pattern, string scope, Delegate handler) => Map(HttpMethods.Post, pattern, scope, handler);

    /// <summary>A PUT route.</summary>
    public RouteHandlerBuilder Put([StringSyntax("Route")] string pattern, string scope, Delegate handler) => Map(HttpMethods.Put, pattern, scope, handler);

    /// <summary>A PATCH route.</summary>
    public RouteHandlerBuilder Patch([StringSyntax("Route")] string pattern, string scope, Delegate handler) => Map(HttpMethods.Patch, pattern, scope, handler);

    /// <summary>A DELETE route.</summary>
    public RouteHandlerBuilder Delete([StringSyntax("Route")] string pattern, string scope, Delegate handler) =>
        Map(HttpMethods.Delete, pattern, scope, handler);

    /// <summary>A hot or streaming route: the same checks, no binding and no envelope; it answers through <see cref="Answers"/> or writes by itself.
    /// Its body is bounded like any other unless the route says <see cref="RouteRules.OfAnySize"/>.</summary>
    public IEndpointConventionBuilder Raw(string method, [StringSyntax("Route")] string pattern, string scope, RequestDelegate handler) =>
        _routes.MapMethods(pattern, [method], handler).WithMetadata(handler.Method, new Access(this, scope));

    private RouteHandlerBuilder Map(string method, string pattern, string scope, Delegate handler) =>
        _routes.MapMethods(pattern, [method], handler).WithMetadata(new Access(this, scope));
}
