namespace Troupe.Crm;

/// <summary>A contact as callers send it.</summary>
/// <param name="Name">Required at creation.</param>
/// <param name="Email">Mail address; several contacts may have the same.</param>
/// <param name="Phone">Telephone number, as people write it.</param>
/// <param name="CompanyId">The company the person belongs to; must exist.</param>
/// <param name="CompanyName">Name of a company that is no record yet.</param>
/// <param name="Notes">Free text, searched.</param>
public sealed record ContactDraft(
    Patch<string> Name = default, Patch<string> Email = default, Patch<string> Phone = default, Patch<string> CompanyId = default,
    Patch<string> CompanyName = default, Patch<string> Notes = default) : Draft;

/// <summary>A person the workspace deals with [workspace-api.md section 6.1].</summary>
/// <param name="Name">What people call them.</param>
/// <param name="Email">Mail address.</param>
/// <param name="Phone">Telephone number.</param>
/// <param name="CompanyId">The company they belong to.</param>
/// <param name="CompanyName">Name of a company that is no record yet.</param>
/// <param name="Notes">Free text.</param>
/// <param name="Source">Through which door they came: <c>api</c>, <c>mcp</c>, <c>admin</c>.</param>
public sealed record Contact(string Name, string? Email, string? Phone, string? CompanyId, string? CompanyName, string? Notes, string Source)
    : Resource, IResource<Contact, ContactDraft>
{
    /// <inheritdoc/>
    public static Kind Kind => new("contact", "con");

    /// <inheritdoc/>
    public static Facet<Contact>[] Facets { get; } =
        [ByExternalId<Contact>(), new("company_id", c => c.CompanyId), new("email", c => c.Email) { AnyCase = true }];

    /// <inheritdoc/>
    public static Func<Contact, string?>[] Search { get; } = [c => c.Name, c => c.Email, c => c.CompanyName, c => c.Notes];

    /// <inheritdoc/>
    public IReadOnlyList<Reference> References() => Reference.Of((nameof(CompanyId), Company.Kind, CompanyId));

    /// <inheritdoc/>
    public static Outcome<Contact> Create(ContactDraft draft, Act act) => new Contact("", null, null, null, null, null, act.By.Source).Change(draft, act);

    /// <inheritdoc/>
    public Outcome<Contact> Change(ContactDraft draft, Act act)
    {
        var read = new Reading();
        return read.Into(
            this with
            {
                Name = read.Required(draft.Name, Name),
                Email = read.Email(draft.Email, Email),
                Phone = read.Text(draft.Phone, Phone),
                CompanyId = read.Text(draft.CompanyId, CompanyId),
                CompanyName = read.Text(draft.CompanyName, CompanyName),
                Notes = read.Text(draft.Notes, Notes, Limits.NoteLength),
            },
            draft, act);
    }
}

/// <summary>A contact. Key: <c>workspace/con_…</c>.</summary>
public interface IContactGrain : IResourceGrain<Contact, ContactDraft>;

/// <summary>The shell of a contact.</summary>
public sealed class ContactGrain(IStore store, TimeProvider clock) : ResourceGrain<Contact, ContactDraft>(store, clock), IContactGrain;
