using System.Globalization;

namespace Troupe.Api.Families;

/// <summary>The <c>limit</c> and <c>cursor</c> of a list, newest first. A limit outside the route's bounds and a foreign cursor are refused, never
/// bent.</summary>
/// <param name="Value">The query, to which a handler adds its filters.</param>
public sealed record PageQuery(Outcome<Query> Value)
{
    /// <summary>Lists a workspace's records of a type; filters that are null do not count.</summary>
    public async Task<Outcome<Page<Stored<T>>>> List<T>(IDirectory directory, string workspace, params Filter?[] filters) where T : class, IRecord<T> =>
        Value.Ok ? await directory.List<T>(workspace, Value.Value with { Filters = [.. filters.OfType<Filter>()] }) : Value.Failure;

    /// <summary>The list of those whose search text contains this; an empty text does not count.</summary>
    public PageQuery Matching(string? text) => string.IsNullOrWhiteSpace(text) ? this : new(Value.Map(query => query with { Text = text }));

    /// <summary>A filter for a query parameter: null when it was not sent.</summary>
    public static Filter? Where(string facet, string? value) => value is null ? null : new(facet, Test.Equal, value);

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<PageQuery?> BindAsync(HttpContext context) => ValueTask.FromResult<PageQuery?>(new(Of(context)));

    /// <summary>The page a request asks for.</summary>
    internal static Outcome<Query> Of(HttpContext context) =>
        Read(context.Request, context.GetEndpoint()?.Metadata.GetMetadata<PageRules>() ?? context.Frame().Accent.Pages);

    private static Outcome<Query> Read(HttpRequest request, PageRules rules)
    {
        var query = new Query { Descending = true, Limit = rules.Default };
        if (request.Query.TryGetValue("limit", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit < 1 || limit > rules.Max)
            {
                return Failure.Invalid("limit", $"limit is a whole number from 1 to {rules.Max}.");
            }

            query = query with { Limit = limit };
        }

        if (request.Query.TryGetValue("cursor", out var cursor))
        {
            if (Cursor.Read(request, cursor.ToString()) is not { } after)
            {
                return Failure.Invalid("cursor", "This cursor does not belong to this list and these filters; start again without it.");
            }

            query = query with { After = after };
        }

        return query;
    }
}
