using Microsoft.AspNetCore.Http.Metadata;
using Troupe.Api.Families;

namespace Troupe.Api.OpenApi;

/// <summary>What a route's own handler does not tell by its types.</summary>
/// <param name="Sends">Type of the body callers send; null for none or for one that is no JSON.</param>
/// <param name="SendsMedia">Media type of the body; null for none.</param>
/// <param name="Answers">Type inside the envelope of a success; null for an answer that has none.</param>
/// <param name="AnswersMedia">Media type of a success.</param>
public sealed record RouteShape(Type? Sends, string? SendsMedia, Type? Answers, string AnswersMedia);

/// <summary>A query parameter that is not a parameter of the handler.</summary>
/// <param name="Name">As it is sent.</param>
/// <param name="Description">What it does.</param>
public sealed record QueryName(string Name, string Description);

/// <summary>The operation's name where it is not the one its path gives.</summary>
/// <param name="Name">In camelCase, unique in its family.</param>
public sealed record OperationName(string Name);

/// <summary>What a route line may add for its description.</summary>
public static class RouteShapes
{
    private const string Json = "application/json";

    /// <summary>The operation's name, where it is not the one its path gives.</summary>
    public static TBuilder Named<TBuilder>(this TBuilder route, string operation) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new OperationName(operation));

    /// <summary>A query parameter the handler reads by itself.</summary>
    public static TBuilder Query<TBuilder>(this TBuilder route, string name, string description) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new QueryName(name, description));

    /// <summary>The convention of every family's group: tells whoever describes routes that a success has this status. The body is told by the family, in its
    /// own JSON.</summary>
    internal static void TellStatus(EndpointBuilder route)
    {
        var status = route.Metadata.OfType<SuccessStatus>().LastOrDefault()?.Status ?? StatusCodes.Status200OK;
        foreach (var inferred in route.Metadata.OfType<IProducesResponseTypeMetadata>().ToList())
        {
            route.Metadata.Remove(inferred);
        }

        route.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(object))); // not void: the handler's own type would be taken instead
    }

    /// <summary>What a raw route takes and answers.</summary>
    /// <param name="route">The route.</param>
    /// <param name="sends">Type of a JSON body; null with a media type for another body, null without one for none.</param>
    /// <param name="sendsMedia">Media type of a body that is no JSON.</param>
    /// <param name="answers">Type inside the envelope of a success; null for an answer without one.</param>
    /// <param name="answersMedia">Media type of a success that is no JSON.</param>
    public static TBuilder Shaped<TBuilder>(
        this TBuilder route, Type? sends = null, string? sendsMedia = null, Type? answers = null, string? answersMedia = null)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteShape(sends, sendsMedia ?? (sends is null ? null : Json), answers, answersMedia ?? Json));
}
