namespace Troupe.Crm;

/// <summary>What a lead shall become. Nothing said means: a contact, on the company it matches or names.</summary>
/// <param name="CreateDeal">Whether a deal is opened.</param>
/// <param name="DealName">Name of the deal; the lead's when absent.</param>
/// <param name="CompanyId">The company, if it is known; must exist.</param>
/// <param name="ContactId">The contact, if it is known; must exist.</param>
/// <param name="DealStage">Key of the deal's stage; the first one when absent.</param>
/// <param name="AmountCents">Worth of the deal.</param>
/// <param name="Currency">Currency of the amount.</param>
public sealed record ConversionDraft(
    bool CreateDeal = false, string? DealName = null, string? CompanyId = null, string? ContactId = null, string? DealStage = null, long? AmountCents = null,
    string? Currency = null) : Keyed
{
    /// <summary>Decides the deal, or refuses it by the names of this draft.</summary>
    public Outcome<Deal> Deal(Lead lead, string stage, string? companyId, string contactId, Act act)
    {
        var deal = Crm.Deal.Create(new(DealName ?? lead.Name, companyId, contactId, stage, AmountCents, Currency ?? Limits.Currency), act);
        return deal.Ok ? deal
            : deal.Failure with { Fields = [.. deal.Failure.Fields.Select(f => f.Field == nameof(lead.Name) ? f with { Field = nameof(DealName) } : f)] };
    }
}

/// <summary>A record that comes to be with another's change.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Value">The record.</param>
public sealed record Newborn<T>(string Id, T Value);

/// <summary>What a lead becomes: records that were found, and those that are born with the conversion.</summary>
/// <param name="CompanyId">The company; null when the lead matches and names none.</param>
/// <param name="Company">The company, when it is new.</param>
/// <param name="ContactId">The contact.</param>
/// <param name="Contact">The contact, when it is new.</param>
/// <param name="Deal">The deal, if one is opened.</param>
public sealed record Conversion(string? CompanyId, Newborn<Company>? Company, string ContactId, Newborn<Contact>? Contact, Newborn<Deal>? Deal)
{
    /// <summary>The change with all that is born, and with what was found as references.</summary>
    public Change AddTo(Change change, DateTimeOffset now)
    {
        change = change with
        {
            References =
            [
                .. change.References,
                .. Reference.Of(
                    (nameof(CompanyId), Crm.Company.Kind, Company is null ? CompanyId : null),
                    (nameof(ContactId), Crm.Contact.Kind, Contact is null ? ContactId : null)),
            ],
        };
        change = Company is null ? change : change.Bear(Company.Id, Company.Value, now);
        change = Contact is null ? change : change.Bear(Contact.Id, Contact.Value, now);
        return Deal is null ? change : change.Bear(Deal.Id, Deal.Value, now);
    }
}
