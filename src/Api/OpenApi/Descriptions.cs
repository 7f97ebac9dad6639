using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Troupe.Api.Families;

namespace Troupe.Api.OpenApi;

/// <summary>The OpenAPI description of each family, made from the routes themselves: nothing in it is written twice.</summary>
internal static class Descriptions
{
    private const OpenApiSpecVersion Version = OpenApiSpecVersion.OpenApi3_1;
    private static readonly Failure Unknown = new(Refusal.Missing, "description_not_found", "There is no such API; see families.");

    /// <summary>Services that describe the families.</summary>
    public static IServiceCollection AddDescriptions(this IServiceCollection services, IReadOnlyList<Accent> accents)
    {
        foreach (var accent in accents)
        {
            services.AddOpenApi(accent.Name, options => Describe(options, accent));
        }

        return services;
    }

    /// <summary>The route of the documents, outside the families.</summary>
    public static void MapDescriptions(this IEndpointRouteBuilder routes, IReadOnlyList<Accent> accents)
    {
        // Routes do not change while the process runs, so each document is made once, when it is first asked for.
        var made = new ConcurrentDictionary<string, Lazy<Task<string>>>(StringComparer.Ordinal);
        var names = accents.Select(a => a.Name).Order(StringComparer.Ordinal).ToArray();
        routes.MapGet("/openapi/{family}.json", async (string family, HttpContext context) =>
        {
            if (!names.Contains(family, StringComparer.Ordinal))
            {
                await context.Answer(Unknown.With("families", names));
                return Results.Empty;
            }

            var text = await made.GetOrAdd(family, name => new(() => Write(routes.ServiceProvider, name))).Value;
            return TypedResults.Text(text, "application/json");
        });
    }

    private static void Describe(OpenApiOptions options, Accent accent)
    {
        options.OpenApiVersion = Version;
        options.ShouldInclude = route => Of<Access>(route.ActionDescriptor.EndpointMetadata)?.Family.Accent == accent;
        options.AddOperationTransformer((operation, context, _) =>
        {
            new OperationText(operation, context.Description, context.Document!).Write();
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, context, _) =>
        {
            document.Info = new()
            {
                Title = $"Troupe, {accent.Name} API",
                Version = typeof(Descriptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
                Description = $"Routes under {accent.Prefix}. Errors: {ErrorCodes.Page}.",
            };
            document.Tags = document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Tags!)
                .Select(tag => tag.Reference.Id!).Distinct().Select(name => new OpenApiTag { Name = name }).ToHashSet();
            document.Servers = [new() { Url = context.ApplicationServices.GetRequiredService<PublicAddress>().Url ?? "/" }];
            return Task.CompletedTask;
        });
    }

    /// <summary>Metadata of a described route; the last of a kind counts, as it does for requests.</summary>
    internal static T? Of<T>(IEnumerable<object> metadata) where T : class => metadata.OfType<T>().LastOrDefault();

    private static async Task<string> Write(IServiceProvider services, string name)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(name).GetOpenApiDocumentAsync();
        return await document.SerializeAsJsonAsync(Version);
    }
}
