using Troupe.Api.Auth;
using Troupe.Spinners;

namespace Troupe.Api.Families.Workspace;

/// <summary>Spinners: the draft, its publishing, its runs and its schedule.</summary>
internal static class SpinnerRoutes
{
    public static void MapSpinners(this Family family)
    {
        family.Post("/spinners", "spinners:write", (KeyCaller by, Body<SpinnerDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(draft => grains.SpinnerOf(by.Workspace, Id.New(Spinner.Kind, clock.GetUtcNow())).Create(draft, by.Caller).View(clock))).Created();

        family.Get("/spinners", "spinners:read",
            async (KeyCaller by, PageQuery page, IDirectory directory, TimeProvider clock, string? query, string? table_id) =>
            (await page.Matching(query).List<Spinner>(directory, by.Workspace, PageQuery.Where("table_id", table_id)))
                .Map(spinners => spinners.Map(spinner => SpinnerView.Of(spinner, clock))));

        family.Get("/spinners/{id}", "spinners:read", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.SpinnerOf(by.Workspace, id).Read().View(clock));

        family.Patch("/spinners/{id}", "spinners:write", (string id, KeyCaller by, Body<SpinnerDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(draft => grains.SpinnerOf(by.Workspace, id).Change(draft, by.Caller).View(clock)));

        family.Delete("/spinners/{id}", "spinners:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.SpinnerOf(by.Workspace, id).Delete(by.Caller).View(clock));

        family.Post("/spinners/{id}/publish", "spinners:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.SpinnerOf(by.Workspace, id).Publish(by.Caller).View(clock)).Created();

        family.MapRuns();
    }

    private static void MapRuns(this Family family)
    {
        family.Post("/spinners/{id}/run", "spinners:write",
            (string id, KeyCaller by, OptionalBody<RunDraft> body, IdempotencyKey key, IGrainFactory grains, TimeProvider clock) =>
                grains.SpinnerOf(by.Workspace, id).Run(body, key, by.Caller, job => JobView.Of(job, clock))).Created();

        family.Put("/spinners/{id}/schedule", "spinners:write", (string id, KeyCaller by, Body<ScheduleDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(async draft => (await grains.SpinnerOf(by.Workspace, id).SetSchedule(draft.Schedule, by.Caller))
                .Map(set => ScheduleView.Of(set.Value.Schedule!, clock))));

        family.Delete("/spinners/{id}/schedule", "spinners:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.SpinnerOf(by.Workspace, id).DropSchedule(by.Caller).View(clock));
    }

    /// <summary>The grain of a spinner of a workspace.</summary>
    public static ISpinnerGrain SpinnerOf(this IGrainFactory grains, string workspace, string id) =>
        grains.GetGrain<ISpinnerGrain>(new GrainKey(workspace, id).ToString());

    /// <summary>Starts a job, as both families do.</summary>
    public static async Task<Outcome<TView>> Run<TView>(
        this ISpinnerGrain spinner, OptionalBody<RunDraft> body, IdempotencyKey key, Caller by, Func<Stored<Jobs.Job>, TView> view) =>
        key.Refusal is { } refusal ? refusal
            : body.Value.Ok ? (await spinner.Run(new(body.Value.Value.RowIds, key.Key), by)).Map(view)
            : body.Value.Failure;

    private static async Task<Outcome<SpinnerView>> View(this Task<Outcome<Stored<Spinner>>> spinner, TimeProvider clock) =>
        (await spinner).Map(stored => SpinnerView.Of(stored, clock));
}

/// <summary>What to run; nothing said means every row of the table.</summary>
public sealed record RunDraft
{
    /// <summary>Ids of the rows to run; null for all.</summary>
    public IReadOnlyList<string>? RowIds { get; init; }
}

/// <summary>A schedule as callers send it.</summary>
/// <param name="Cron">Five fields; required.</param>
/// <param name="TimeZone">IANA name; UTC when absent.</param>
/// <param name="Overlap">What becomes of a run that falls due while a job is unfinished; it is left out when absent.</param>
public sealed record ScheduleDraft(string? Cron = null, string? TimeZone = null, Overlap? Overlap = null)
{
    /// <summary>The schedule meant.</summary>
    internal SpinnerSchedule Schedule => new(Cron ?? "", TimeZone ?? "UTC", Overlap ?? Spinners.Overlap.Skip);
}
