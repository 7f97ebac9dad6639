using System.Reflection;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Troupe.Api.Families;

namespace Troupe.Api.OpenApi;

/// <summary>Fills in what the framework cannot know of a route: the family's envelope, errors, security and names.</summary>
internal sealed class OperationText(OpenApiOperation operation, ApiDescription route, OpenApiDocument document)
{
    private const string Bearer = "bearer";

    private readonly IList<object> _metadata = route.ActionDescriptor.EndpointMetadata;
    private readonly Access _access = Descriptions.Of<Access>(route.ActionDescriptor.EndpointMetadata)!;
    private readonly MethodInfo? _handler = Descriptions.Of<MethodInfo>(route.ActionDescriptor.EndpointMetadata);
    private readonly Schemas _schemas =
        new(document, Descriptions.Of<Access>(route.ActionDescriptor.EndpointMetadata)!.Family.Accent.Json);

    private Accent Accent => _access.Family.Accent;

    private RouteShape? Shaped => Descriptions.Of<RouteShape>(_metadata);

    private bool IsList => Takes(typeof(PageQuery), typeof(ListQuery<>));

    /// <summary>Writes it.</summary>
    public void Write()
    {
        Name();
        Parameters();
        Body();
        Success();
        Errors();
        Security();
    }

    private void Name()
    {
        var path = ("/" + route.RelativePath)[Accent.Prefix.Length..];
        operation.OperationId = Descriptions.Of<OperationName>(_metadata)?.Name ?? OperationNames.Of(route.HttpMethod!, path, IsList);
        operation.Summary = Words(operation.OperationId);
        operation.Tags = new HashSet<OpenApiTagReference> { new(path.Split('/', StringSplitOptions.RemoveEmptyEntries)[0], document) };
        operation.Description = _access.IsOpen || _access.AnyOf.Count == 0 ? null
            : $"Needs the scope {string.Join(" or ", _access.AnyOf.Select(s => $"`{s}`"))}.";
    }

    private void Parameters()
    {
        operation.Parameters ??= [];
        foreach (var name in route.RelativePath!.Split('/').Where(s => s.StartsWith('{')).Select(s => s.Trim('{', '}').Split(':')[0]))
        {
            Add(name, ParameterLocation.Path, Shape.Text(), null);
        }

        if (IsList)
        {
            var pages = Descriptions.Of<PageRules>(_metadata) ?? Accent.Pages;
            Add("limit", ParameterLocation.Query, Shape.Whole(1, pages.Max), $"Items of a page; {pages.Default} when unsaid.");
            Add("cursor", ParameterLocation.Query, Shape.Text(), "next_cursor of the page before, with the same filters.");
        }

        if (Takes(typeof(IdempotencyKey), typeof(Write), typeof(Write<>)) || (Shaped?.Sends is not null && route.HttpMethod == HttpMethods.Post))
        {
            var schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Limits.IdempotencyKeyLength };
            Add("Idempotency-Key", ParameterLocation.Header, schema, "A request repeated with the same key is answered as the first was and does nothing.");
        }

        foreach (var query in _metadata.OfType<QueryName>())
        {
            Add(query.Name, ParameterLocation.Query, Shape.Text(), query.Description);
        }
    }

    private void Add(string name, ParameterLocation place, OpenApiSchema schema, string? description)
    {
        if (!operation.Parameters!.Any(p => p.Name == name && p.In == place))
        {
            operation.Parameters!.Add(
                new OpenApiParameter { Name = name, In = place, Required = place == ParameterLocation.Path, Schema = schema, Description = description });
        }
    }

    private void Body()
    {
        operation.RequestBody = null;
        var (type, media, optional) = Shaped is { SendsMedia: { } given } shape ? (shape.Sends, given, false)
            : (Sent(typeof(Body<>)) ?? Sent(typeof(Write<>))) is { } body ? (body, "application/json", false)
            : Sent(typeof(OptionalBody<>)) is { } some ? (some, "application/json", true)
            : (null, null, true);
        if (media is not null)
        {
            var content = new OpenApiMediaType { Schema = type is null ? Shape.Text() : _schemas.Of(type, sent: true) };
            operation.RequestBody = new OpenApiRequestBody { Required = !optional, Content = new Dictionary<string, OpenApiMediaType> { [media] = content } };
        }
    }

    private void Success()
    {
        var status = Descriptions.Of<SuccessStatus>(_metadata)?.Status ?? StatusCodes.Status200OK;
        var (answer, media) = Shaped is { } shape ? (shape.Answers, shape.AnswersMedia) : (Answered(), "application/json");
        var isPage = answer is { IsGenericType: true } && answer.GetGenericTypeDefinition() == typeof(Page<>);
        var schema = answer is null ? Shape.Text() : Accent.Envelope(_schemas.Of(isPage ? answer.GetGenericArguments()[0] : answer, sent: false), isPage);
        operation.Responses = new()
        {
            [$"{status}"] = new OpenApiResponse
            {
                Description = operation.Summary,
                Content = new Dictionary<string, OpenApiMediaType> { [media] = new OpenApiMediaType { Schema = schema } },
            },
        };
    }

    private void Errors()
    {
        foreach (var (status, name, meaning) in new PossibleErrors(_access, route, operation.RequestBody is not null, IsList).All)
        {
            if (document.Components?.Responses?.ContainsKey(name) != true)
            {
                document.AddComponent(name, ErrorResponse(meaning));
            }

            operation.Responses![$"{status}"] = new OpenApiResponseReference(name, document);
        }
    }

    private OpenApiResponse ErrorResponse(string meaning)
    {
        const string error = "Error";
        if (document.Components?.Schemas?.ContainsKey(error) != true)
        {
            document.AddComponent(error, Accent.ErrorSchema());
        }

        return new()
        {
            Description = meaning,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(error, document) },
            },
        };
    }

    private void Security()
    {
        operation.Security = [];
        if (_access.IsOpen)
        {
            return; // the path carries the secret
        }

        if (document.Components?.SecuritySchemes?.ContainsKey(Bearer) != true)
        {
            document.AddComponent<IOpenApiSecurityScheme>(Bearer, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = _access.Family.Credential == Credential.AdminToken ? "The installation's admin token." : "An API key, trp_….",
            });
        }

        foreach (var scopes in _access.AnyOf.Count == 0 ? [[]] : _access.AnyOf.Select(s => new List<string> { s }))
        {
            operation.Security.Add(new() { [new OpenApiSecuritySchemeReference(Bearer, document)] = scopes });
        }
    }

    private bool Takes(params ReadOnlySpan<Type> types)
    {
        foreach (var type in _handler?.GetParameters().Select(p => p.ParameterType) ?? [])
        {
            if (types.Contains(type.IsGenericType ? type.GetGenericTypeDefinition() : type))
            {
                return true;
            }
        }

        return false;
    }

    private Type? Sent(Type body) => _handler?.GetParameters().Select(p => p.ParameterType)
        .FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == body)?.GetGenericArguments()[0];

    /// <summary>The T of a handler that answers <c>Outcome&lt;T&gt;</c> or a task of one.</summary>
    private Type? Answered()
    {
        var type = _handler?.ReturnType;
        type = type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Task<>) ? type.GetGenericArguments()[0] : type;
        return type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Outcome<>) ? type.GetGenericArguments()[0] : null;
    }

    private static string Words(string camel) =>
        char.ToUpperInvariant(camel[0]) + string.Concat(camel[1..].Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));
}
