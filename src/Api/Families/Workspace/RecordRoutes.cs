using System.Text.Json;
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

    private static async Task<Outcome<RecordDetail>> Read(string id, KeyCaller by, IDirectory directory, CancellationToken cancel) =>
        RecordId.TryParse(id, out var job, out var seq) && await directory.Entry(RecordLog.Name, by.Workspace, job, seq, cancel) is { } entry
            ? RecordDetail.Of(job, entry)
            : Failure.Missing("record");

    private static string[] Statuses { get; } = [.. Enum.GetValues<RecordStatus>().Select(RecordLog.Of)];
}

/// <summary>A record in a list.</summary>
/// <param name="Payload">The metadata fields of its row, as the job saw them.</param>
/// <param name="Output">What its steps produced so far.</param>
/// <param name="DueAt">When a waiting record goes on.</param>
public sealed record RecordView(
    string Id, string JobId, long Seq, string Status, string? Disposition, JsonElement? Payload, JsonElement? Output, JsonElement? Error, DateTimeOffset? DueAt,
    JsonElement? StartedAt, JsonElement? EndedAt)
{
    /// <summary>The view of a stored outcome.</summary>
    public static RecordView Of(string job, StoredEntry entry) => Of(job, entry, JsonElement.Parse(entry.Body.Span));

    internal static RecordView Of(string job, StoredEntry entry, JsonElement body)
    {
        var wake = (long?)entry.Facets[RecordLog.Wake];
        return new(
            RecordId.Of(job, entry.Seq), job, entry.Seq, (string)entry.Facets[RecordLog.Status]!, (string?)entry.Facets[RecordLog.Disposition], Member(body, "payload"),
            Member(body, "output"), Member(body, "error"), wake is { } due ? Wake.Due(due) : null, Member(body, "started_at"), Member(body, "ended_at"));
    }

    internal static JsonElement? Member(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value : null;
}

/// <summary>A record with its journey.</summary>
/// <param name="Journey">Each step it went through: step, type, outcome, message, at, attempt.</param>
public sealed record RecordDetail(
    string Id, string JobId, long Seq, string Status, string? Disposition, JsonElement? Payload, JsonElement? Output, JsonElement? Error, DateTimeOffset? DueAt,
    JsonElement? StartedAt, JsonElement? EndedAt, JsonElement? Journey)
{
    /// <summary>The detail of a stored outcome.</summary>
    public static RecordDetail Of(string job, StoredEntry entry)
    {
        var body = JsonElement.Parse(entry.Body.Span);
        var view = RecordView.Of(job, entry, body);
        return new(
            view.Id, view.JobId, view.Seq, view.Status, view.Disposition, view.Payload, view.Output, view.Error, view.DueAt, view.StartedAt, view.EndedAt,
            RecordView.Member(body, "journey"));
    }
}
