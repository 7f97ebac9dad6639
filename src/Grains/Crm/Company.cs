namespace Troupe.Crm;

/// <summary>A company as callers send it.</summary>
/// <param name="Name">Required at creation.</param>
/// <param name="Domain">Its domain, by which a lead's address finds it: <c>acme.com</c>.</param>
/// <param name="Website">Its website.</param>
/// <param name="Notes">Free text, searched.</param>
public sealed record CompanyDraft(
    Patch<string> Name = default, Patch<string> Domain = default, Patch<string> Website = default, Patch<string> Notes = default) : Draft;

/// <summary>An organisation the workspace deals with [workspace-api.md section 6.2].</summary>
/// <param name="Name">What people call it; need not be unique.</param>
/// <param name="Domain">Its domain in lower case.</param>
/// <param name="Website">Its website.</param>
/// <param name="Notes">Free text.</param>
/// <param name="Source">Through which door it came: <c>api</c>, <c>mcp</c>, <c>admin</c>.</param>
public sealed record Company(string Name, string? Domain, string? Website, string? Notes, string Source) : Resource, IResource<Company, CompanyDraft>
{
    /// <inheritdoc/>
    public static Kind Kind => new("company", "com");

    /// <inheritdoc/>
    public static Facet<Company>[] Facets { get; } =
        [ByExternalId<Company>(), new("domain", company => company.Domain), new("name", company => company.Name) { AnyCase = true }];

    /// <inheritdoc/>
    public static Func<Company, string?>[] Search { get; } = [c => c.Name, c => c.Domain, c => c.Website, c => c.Notes];

    /// <inheritdoc/>
    public static Outcome<Company> Create(CompanyDraft draft, Act act) => new Company("", null, null, null, act.By.Source).Change(draft, act);

    /// <inheritdoc/>
    public Outcome<Company> Change(CompanyDraft draft, Act act)
    {
        var read = new Reading();
        return read.Into(
            this with
            {
                Name = read.Required(draft.Name, Name),
                Domain = read.Text(draft.Domain, Domain)?.ToLowerInvariant(),
                Website = read.Text(draft.Website, Website, Limits.UrlLength),
                Notes = read.Text(draft.Notes, Notes, Limits.NoteLength),
            },
            draft, act);
    }
}

/// <summary>A company. Key: <c>workspace/com_…</c>.</summary>
public interface ICompanyGrain : IResourceGrain<Company, CompanyDraft>;

/// <summary>The shell of a company.</summary>
public sealed class CompanyGrain(IStore store, TimeProvider clock) : ResourceGrain<Company, CompanyDraft>(store, clock), ICompanyGrain;
