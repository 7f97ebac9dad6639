using Troupe.Api.Auth;

namespace Troupe.Api.Families;

/// <summary>What to list of a resource: <c>limit</c> and <c>cursor</c>, <c>query</c> for free text, <c>updated_after</c>, a pair of
/// <c>custom_field_key</c> and <c>custom_field_value</c>, and a parameter for each text facet the resource declares. Anything else is refused, so that a
/// misspelt filter does not list everything.</summary>
/// <param name="Value">The query, or why it is none.</param>
public sealed record ListQuery<T>(Outcome<Query> Value) where T : class, IRecord<T>
{
    private static readonly string[] Own = ["limit", "cursor", "query", "updated_after", "custom_field_key", "custom_field_value"];

    /// <summary>A page of the caller's workspace, newest first.</summary>
    public async Task<Outcome<Page<Owned<T>>>> List(IDirectory directory, KeyCaller by, CancellationToken cancel) => Value.Ok
        ? (await directory.List<T>(by.Workspace, Value.Value, cancel)).Map(stored => new Owned<T>(stored, by.Workspace))
        : Value.Failure;

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<ListQuery<T>?> BindAsync(HttpContext context) => ValueTask.FromResult<ListQuery<T>?>(new(Read(context)));

    private static Outcome<Query> Read(HttpContext context)
    {
        var page = PageQuery.Of(context);
        var wrong = new List<FieldError>();
        var filters = new List<Filter>();
        foreach (var (name, value) in context.Request.Query.Where(pair => !Own.Contains(pair.Key)))
        {
            var facet = Array.Find(T.Facets, facet => facet.Name == name && facet.Type == FacetType.Text);
            if (Problem(facet, value.ToString()) is { } problem)
            {
                wrong.Add(new(name, problem));
            }

            filters.Add(new(name, Test.Equal, facet?.AnyCase == true ? value.ToString().ToLowerInvariant() : value.ToString()));
        }

        if (Given("updated_after") is { } after && QueryTime.Read("updated_after", after, wrong) is { } time)
        {
            filters.Add(new("updated_at", Test.Greater, time));
        }

        var (key, custom) = (Given("custom_field_key"), Given("custom_field_value"));
        if (key is null != custom is null)
        {
            wrong.Add(new(key is null ? "custom_field_key" : "custom_field_value", "custom_field_key and custom_field_value go together."));
        }

        return !page.Ok ? page.Failure
            : wrong.Count > 0 ? Failure.Invalid(wrong)
            : page.Value with { Filters = filters, Text = Given("query"), Tag = key is null ? null : CustomFields.Tag(key, custom!) };

        string? Given(string name) => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    private static string? Problem(Facet? facet, string value) =>
        facet is null ? $"This list has no such parameter. There are: {string.Join(", ", Own.Concat(Filters))}."
        : value.Contains('\0', StringComparison.Ordinal) ? "Text holds no character U+0000."
        : facet.Choices?.Contains(value) == false ? $"One of: {string.Join(", ", facet.Choices)}."
        : null;

    /// <summary>The parameters beside <c>limit</c> and <c>cursor</c>, and what each does.</summary>
    internal static IEnumerable<(string Name, string Meaning)> Parameters =>
    [
        ("query", "Only records with this text in them, whatever its case."),
        ("updated_after", "Only records changed after this time."),
        ("custom_field_key", "Only records with this custom field at custom_field_value."),
        ("custom_field_value", "The value of custom_field_key, in its text form."),
        .. from facet in T.Facets
           where facet.Type == FacetType.Text
           select (facet.Name, facet.Choices is { } choices ? $"One of: {string.Join(", ", choices)}."
               : facet.AnyCase ? "Only records with this, whatever its case." : "Only records with exactly this."),
    ];

    private static IEnumerable<string> Filters => T.Facets.Where(facet => facet.Type == FacetType.Text).Select(facet => facet.Name);
}

/// <summary>A record of a workspace as it is shown: id, tenant and workspace, its members, and when it was made and changed [workspace-api.md section
/// 1.6].</summary>
/// <param name="Record">The record.</param>
/// <param name="Workspace">The workspace it belongs to.</param>
public sealed record Owned<T>(Stored<T> Record, string Workspace);
