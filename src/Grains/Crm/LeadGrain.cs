namespace Troupe.Crm;

/// <summary>The shell of a lead.</summary>
public sealed class LeadGrain(IStore store, IDirectory directory, TimeProvider clock) : ResourceGrain<Lead, LeadDraft>(store, clock), ILeadGrain
{
    /// <inheritdoc/>
    public async Task<Outcome<Stored<Lead>>> Convert(ConversionDraft draft, Caller by)
    {
        var lead = await Read();
        var into = lead.Ok ? await Into(lead.Value.Value, draft, Now(by)) : lead.Failure;
        return into.Ok
            ? await Apply(was => was.Convert(into.Value, Now(by)), "converted", by, (next, change) => into.Value.AddTo(change, next.UpdatedAt))
            : await Once.Settle<Stored<Lead>>(Store, by, into.Failure);
    }

    /// <summary>Decides what the lead becomes: the company that has the domain of its address, or its company's name in whatever case; the contact that has its
    /// address; new ones where there are none. Of several the oldest.</summary>
    private async Task<Outcome<Conversion>> Into(Lead lead, ConversionDraft draft, Act act)
    {
        var company = draft.CompanyId ?? await Find<Company>("domain", Domain(lead.Email)) ?? await Find<Company>("name", lead.CompanyName);
        var contact = draft.ContactId ?? await Find<Contact>("email", lead.Email);
        var newCompany = company is null && lead.CompanyName is not null ? Born(Company.Create(new(lead.CompanyName), act), act) : null;
        var companyId = company ?? newCompany?.Value?.Id;
        var newContact = contact is null ? Born(Contact.Create(new(lead.Name, lead.Email, CompanyId: companyId), act), act) : null;
        var contactId = contact ?? newContact?.Value?.Id;
        var deal = contactId is not null && draft.CreateDeal ? await Deal(lead, draft, companyId, contactId, act) : null;
        var failure = newCompany?.Failure ?? newContact?.Failure ?? deal?.Failure;
        return failure is null ? new Conversion(companyId, newCompany?.Value, contactId!, newContact?.Value, deal?.Value) : failure;
    }

    private async Task<Outcome<Newborn<Deal>>?> Deal(Lead lead, ConversionDraft draft, string? companyId, string contactId, Act act)
    {
        var pipeline = GrainFactory.GetGrain<IDealPipelineGrain>(DealPipeline.Key(Key.Workspace));
        var stage = await DealPipeline.Stage(directory, pipeline, Key.Workspace, draft.DealStage, nameof(draft.DealStage));
        return stage.Ok ? Born(draft.Deal(lead, stage.Value, companyId, contactId, act), act) : stage.Failure;
    }

    private static Outcome<Newborn<T>>? Born<T>(Outcome<T> decided, Act act) where T : class, IRecord<T> =>
        decided.Map(value => new Newborn<T>(Id.New(T.Kind, act.Now), value));

    private async Task<string?> Find<T>(string facet, string? value) where T : class, IRecord<T>
    {
        if (value is null)
        {
            return null;
        }

        var page = await directory.List(T.Kind, Key.Workspace, new() { Filters = [new(facet, Test.Equal, value.ToLowerInvariant())], Limit = 1 });
        return page.Items.Count == 0 ? null : page.Items[0].Id;
    }

    private static string? Domain(string? email) => email?[(email.IndexOf('@', StringComparison.Ordinal) + 1)..];
}
