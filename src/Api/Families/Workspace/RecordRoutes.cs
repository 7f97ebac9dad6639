using Troupe.Api.Auth;
using Troupe.Jobs;
using Troupe.Spinners;

namespace Troupe.Api.Families.Workspace;

/// <summary>Records: what became of each row of a job.</summary>
internal static class RecordRoutes
{
    public static void MapRecords(this Family family)
    {
        family.Get("/jobs/{id}/records", "jobs:read", List).Pages(Limits.PageMax);
        family.Get("/records/{id}", "jobs:read", Read);
    }

    private static async Task<Outcome<Page<RecordView>>> List(
        string id, KeyCaller by, PageQuery page, IGrainFactory grains, IDirectory directory, string? status, string? disposition, CancellationToken cancel)
    {
        if (!page.Value.Ok)
        {
            return page.Value.Failure;
        }

        if (status is not null && !Statuses.Contains(status))
        {
            return Failure.Invalid("status", $"A record's status is one of {string.Join(", ", Statuses)}.");
        }

        var job = await grains.JobOf(by.Workspace, id).Read();
        if (!job.Ok)
        {
            return job.Failure;
        }

        Filter?[] filters = [PageQuery.Where("status", status), PageQuery.Where("disposition", disposition)];
        var query = page.Value.Value with { Filters = [.. filters.OfType<Filter>()], Descending = false };
        return (await directory.Entries(RecordLog.Name, by.Workspace, id, query, cancel)).Map(entry => RecordView.Of(id, entry));
    }

    private static async Task<Outcome<RecordView>> Read(string id, KeyCaller by, IDirectory directory, CancellationToken cancel) =>
        RecordId.TryParse(id, out var job, out var seq) && await directory.Entry(RecordLog.Name, by.Workspace, job, seq, cancel) is { } entry
            ? RecordView.WithJourney(job, entry)
            : Failure.Missing("record");

    private static string[] Statuses { get; } = [.. Enum.GetValues<RecordStatus>().Select(RecordLog.Of)];
}
