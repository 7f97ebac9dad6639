namespace Troupe.Crm;

/// <summary>Where a lead came from.</summary>
public enum LeadSource
{
    /// <summary>Typed in.</summary>
    Manual,

    /// <summary>A form of the website.</summary>
    Website,

    /// <summary>Somebody's word.</summary>
    Referral,

    /// <summary>A campaign.</summary>
    Campaign,

    /// <summary>A list.</summary>
    Import,

    /// <summary>This API; the default of requests.</summary>
    Api,

    /// <summary>An agent's tool; the default of agents.</summary>
    Mcp,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>How far a lead is.</summary>
public enum LeadStatus
{
    /// <summary>Nobody looked at it yet.</summary>
    New,

    /// <summary>Somebody does.</summary>
    Working,

    /// <summary>Worth it.</summary>
    Qualified,

    /// <summary>Not worth it; cannot be converted.</summary>
    Disqualified,

    /// <summary>It became a contact; stays for good.</summary>
    Converted,
}

/// <summary>A lead as callers send it.</summary>
/// <param name="Name">Person or opportunity; required at creation.</param>
/// <param name="Email">Mail address.</param>
/// <param name="CompanyName">Name of a company that is no record yet.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Status">How far it is; <c>converted</c> only by converting.</param>
public sealed record LeadDraft(
    Patch<string> Name = default, Patch<string> Email = default, Patch<string> CompanyName = default, Patch<LeadSource?> Source = default,
    Patch<LeadStatus?> Status = default) : Draft;

/// <summary>Somebody who may become a customer [workspace-api.md section 6.3].</summary>
/// <param name="Name">Person or opportunity.</param>
/// <param name="Email">Mail address.</param>
/// <param name="CompanyName">Name of a company that is no record yet.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Status">How far it is.</param>
/// <param name="CompanyId">The company it became.</param>
/// <param name="ContactId">The contact it became.</param>
/// <param name="DealId">The deal that was opened.</param>
/// <param name="ConvertedAt">When it was converted.</param>
public sealed record Lead(
    string Name, string? Email, string? CompanyName, LeadSource Source, LeadStatus Status, string? CompanyId = null, string? ContactId = null,
    string? DealId = null, DateTimeOffset? ConvertedAt = null) : Resource, IResource<Lead, LeadDraft>
{
    /// <inheritdoc/>
    public static Kind Kind => new("lead", "lead");

    /// <inheritdoc/>
    public static Facet<Lead>[] Facets { get; } =
        [ByExternalId<Lead>(), Facet.Of<Lead, LeadStatus>("status", lead => lead.Status), Facet.Of<Lead, LeadSource>("source", lead => lead.Source)];

    /// <inheritdoc/>
    public static Func<Lead, string?>[] Search { get; } = [lead => lead.Name, lead => lead.Email, lead => lead.CompanyName];

    /// <inheritdoc/>
    public static Outcome<Lead> Create(LeadDraft draft, Act act) =>
        new Lead("", null, null, act.By.Agent is null ? LeadSource.Api : LeadSource.Mcp, LeadStatus.New).Change(draft, act);

    /// <inheritdoc/>
    public Outcome<Lead> Change(LeadDraft draft, Act act)
    {
        var read = new Reading();
        var status = draft.Status.Or(Status) ?? LeadStatus.New;
        if (status != Status && (status == LeadStatus.Converted || Status == LeadStatus.Converted))
        {
            read.Refuse(nameof(Status), "A lead is converted by POST …/convert and by nothing else, and stays so.");
        }

        return read.Into(
            this with
            {
                Name = read.Required(draft.Name, Name),
                Email = read.Email(draft.Email, Email),
                CompanyName = read.Text(draft.CompanyName, CompanyName),
                Source = draft.Source.Or(Source) ?? LeadSource.Api,
                Status = status,
            },
            draft, act);
    }

    /// <summary>Decides the conversion. Refused for a lead that is converted or disqualified.</summary>
    public Outcome<Lead> Convert(Conversion into, Act act) => Status switch
    {
        LeadStatus.Converted => Failure.Invalid(nameof(Status), "This lead is converted already."),
        LeadStatus.Disqualified => Failure.Invalid(nameof(Status), "A disqualified lead is not converted; give it another status first."),
        _ => this with
        {
            Status = LeadStatus.Converted,
            CompanyId = into.CompanyId,
            ContactId = into.ContactId,
            DealId = into.Deal?.Id,
            ConvertedAt = act.Now,
        },
    };
}

/// <summary>A lead. Key: <c>workspace/lead_…</c>.</summary>
public interface ILeadGrain : IResourceGrain<Lead, LeadDraft>
{
    /// <summary>Makes a contact of it, on a company, with a deal if one is wanted: in one commit, with one audit entry.</summary>
    Task<Outcome<Stored<Lead>>> Convert(ConversionDraft draft, Caller by);
}
