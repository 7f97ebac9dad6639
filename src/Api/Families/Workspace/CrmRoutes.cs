using System.Globalization;
using Troupe.Api.Auth;
using Troupe.Crm;

namespace Troupe.Api.Families.Workspace;

/// <summary>Contacts, companies, leads and deals.</summary>
internal static class CrmRoutes
{
    public static void MapCrm(this Family family)
    {
        family.MapResource<IContactGrain, Contact, ContactDraft>("/contacts", "crm");
        family.MapResource<ICompanyGrain, Company, CompanyDraft>("/companies", "crm");
        family.MapResource<ILeadGrain, Lead, LeadDraft>("/leads", "crm");
        family.MapResource<IDealGrain, Deal, DealDraft>("/deals", "crm");
        family.MapRecord<IDealStageGrain, DealStage, DealStageDraft>("/deal-stages", "crm");
        family.Get("/deal-stages", "crm:read", Stages).Filtered<DealStage>();
        family.Post("/leads/{id}/convert", "crm:write", (string id, Write<ConversionDraft> write, IGrainFactory grains) =>
            write.Then((draft, by) => grains.Of<ILeadGrain>(by, id).Convert(draft, by).Shown(by)));
    }

    /// <summary>Stages by position. There are so few that all are read (<see cref="Limits.DealStages"/>); a cursor is the place behind which the next page
    /// begins.</summary>
    private static async Task<Outcome<Page<Owned<DealStage>>>> Stages(
        ListQuery<DealStage> query, KeyCaller by, IDirectory directory, IGrainFactory grains, CancellationToken cancel)
    {
        if (!query.Value.Ok)
        {
            return query.Value.Failure;
        }

        await grains.GetGrain<IDealPipelineGrain>(DealPipeline.Key(by.Workspace)).Open();
        var asked = query.Value.Value;
        var ordered = asked with { By = "position", Descending = false, After = null, Limit = Limits.PageMax };
        var all = await directory.List<DealStage>(by.Workspace, ordered, cancel);
        var rest = all.Items.Where(stage => asked.After is null || string.CompareOrdinal(Place(stage), asked.After) > 0).ToList();
        var page = rest.Take(asked.Limit).Select(stage => new Owned<DealStage>(stage, by.Workspace)).ToList();
        return new Page<Owned<DealStage>>(page, page.Count < rest.Count ? Place(page[^1].Record) : null);
    }

    private static string Place(Stored<DealStage> stage) => string.Create(CultureInfo.InvariantCulture, $"{stage.Value.Position:d16}/{stage.Id}");
}
