namespace Troupe.Crm;

/// <summary>A deal as callers send it.</summary>
/// <param name="Name">Required at creation.</param>
/// <param name="CompanyId">The company it is made with; must exist.</param>
/// <param name="ContactId">The person it is made with; must exist.</param>
/// <param name="Stage">Key of a deal stage; the first stage when absent at creation.</param>
/// <param name="AmountCents">Its worth in minor units, 0 or more.</param>
/// <param name="Currency">Currency of the amount; USD when absent.</param>
public sealed record DealDraft(
    Patch<string> Name = default, Patch<string> CompanyId = default, Patch<string> ContactId = default, Patch<string> Stage = default,
    Patch<long?> AmountCents = default, Patch<string> Currency = default) : Draft;

/// <summary>Something that may be sold [workspace-api.md section 6.5].</summary>
/// <param name="Name">What people call it.</param>
/// <param name="CompanyId">The company it is made with.</param>
/// <param name="ContactId">The person it is made with.</param>
/// <param name="Stage">Key of the stage it is in.</param>
/// <param name="AmountCents">Its worth in minor units; null while not known.</param>
/// <param name="Currency">Currency of the amount.</param>
/// <param name="Source">Through which door it came: <c>api</c>, <c>mcp</c>, <c>admin</c>.</param>
public sealed record Deal(string Name, string? CompanyId, string? ContactId, string Stage, long? AmountCents, string Currency, string Source)
    : Resource, IResource<Deal, DealDraft>
{
    /// <inheritdoc/>
    public static Kind Kind => new("deal", "deal");

    /// <inheritdoc/>
    public static Facet<Deal>[] Facets { get; } =
        [ByExternalId<Deal>(), new("stage", d => d.Stage), new("company_id", d => d.CompanyId), new("contact_id", d => d.ContactId)];

    /// <inheritdoc/>
    public static Func<Deal, string?>[] Search { get; } = [deal => deal.Name];

    /// <inheritdoc/>
    public IReadOnlyList<Reference> References() =>
        Reference.Of((nameof(CompanyId), Company.Kind, CompanyId), (nameof(ContactId), Contact.Kind, ContactId));

    /// <inheritdoc/>
    public static Outcome<Deal> Create(DealDraft draft, Act act) => new Deal("", null, null, "", null, Limits.Currency, act.By.Source).Change(draft, act);

    /// <inheritdoc/>
    public Outcome<Deal> Change(DealDraft draft, Act act)
    {
        var read = new Reading();
        return read.Into(
            this with
            {
                Name = read.Required(draft.Name, Name),
                CompanyId = read.Text(draft.CompanyId, CompanyId),
                ContactId = read.Text(draft.ContactId, ContactId),
                Stage = read.Required(draft.Stage, Stage),
                AmountCents = read.Whole(draft.AmountCents, AmountCents),
                Currency = read.Currency(draft.Currency, Currency),
            },
            draft, act);
    }
}

/// <summary>A deal. Key: <c>workspace/deal_…</c>.</summary>
public interface IDealGrain : IResourceGrain<Deal, DealDraft>;

/// <summary>The shell of a deal.</summary>
public sealed class DealGrain(IStore store, IDirectory directory, TimeProvider clock) : ResourceGrain<Deal, DealDraft>(store, clock), IDealGrain
{
    /// <summary>Makes the deal; without a stage it begins in the first one.</summary>
    public override async Task<Outcome<Stored<Deal>>> Create(DealDraft draft, Caller by)
    {
        var stage = await Stage(draft.Stage.Value);
        return stage.Ok ? await base.Create(draft with { Stage = stage.Value }, by) : await Once.Settle<Stored<Deal>>(Store, by, stage.Failure);
    }

    /// <summary>Changes the deal; a stage that is cleared becomes the first one.</summary>
    public override async Task<Outcome<Stored<Deal>>> Change(DealDraft draft, Caller by)
    {
        var stage = draft.Stage.Given ? await Stage(draft.Stage.Value) : "";
        return !stage.Ok ? await Once.Settle<Stored<Deal>>(Store, by, stage.Failure)
            : await base.Change(draft.Stage.Given ? draft with { Stage = stage.Value } : draft, by);
    }

    private Task<Outcome<string>> Stage(string? key) =>
        DealPipeline.Stage(directory, GrainFactory.GetGrain<IDealPipelineGrain>(DealPipeline.Key(Key.Workspace)), Key.Workspace, key, nameof(Deal.Stage));
}
