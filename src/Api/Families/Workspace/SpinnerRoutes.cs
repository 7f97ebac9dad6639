using Troupe.Api.Auth;
using Troupe.Spinners;

namespace Troupe.Api.Families.Workspace;

/// <summary>Spinners: the draft, its publishing, its runs and its schedule.</summary>
internal static class SpinnerRoutes
{
    public static void MapSpinners(this Family family)
    {
        family.Post("/spinners", "spinners:write", (KeyCaller by, Body<SpinnerDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(draft => grains.SpinnerOf(by.Workspace, Id.New(Spinner.Kind, clock.GetUtcNow())).Create(draft, by.Caller))).Created();

        family.Get("/spinners", "spinners:read", (KeyCaller by, PageQuery page, IDirectory directory, string? table_id) =>
            page.List<Spinner>(directory, by.Workspace, PageQuery.Where("table_id", table_id)));

        family.Get("/spinners/{id}", "spinners:read", (string id, KeyCaller by, IGrainFactory grains) => grains.SpinnerOf(by.Workspace, id).Read());

        family.Patch("/spinners/{id}", "spinners:write", (string id, KeyCaller by, Body<SpinnerDraft> body, IGrainFactory grains) =>
            body.Then(draft => grains.SpinnerOf(by.Workspace, id).Change(draft, by.Caller)));

        family.Delete("/spinners/{id}", "spinners:write", (string id, KeyCaller by, IGrainFactory grains) => grains.SpinnerOf(by.Workspace, id).Delete(by.Caller));

        family.Post("/spinners/{id}/publish", "spinners:write", (string id, KeyCaller by, IGrainFactory grains) =>
            grains.SpinnerOf(by.Workspace, id).Publish(by.Caller)).Created();

        family.Post("/spinners/{id}/run", "spinners:write", (string id, KeyCaller by, OptionalBody<RunDraft> body, IdempotencyKey key, IGrainFactory grains) =>
            grains.SpinnerOf(by.Workspace, id).Run(body, key, by.Caller, JobView.Of)).Created();

        family.Put("/spinners/{id}/schedule", "spinners:write", (string id, KeyCaller by, Body<SpinnerSchedule> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(async schedule => (await grains.SpinnerOf(by.Workspace, id).SetSchedule(schedule, by.Caller)).Map(set => ScheduleView.Of(set, clock))));

        family.Delete("/spinners/{id}/schedule", "spinners:write", (string id, KeyCaller by, IGrainFactory grains) =>
            grains.SpinnerOf(by.Workspace, id).DropSchedule(by.Caller));
    }

    /// <summary>The grain of a spinner of a workspace.</summary>
    public static ISpinnerGrain SpinnerOf(this IGrainFactory grains, string workspace, string id) => grains.GetGrain<ISpinnerGrain>(new GrainKey(workspace, id).ToString());

    /// <summary>Starts a job, as both families do.</summary>
    public static async Task<Outcome<TView>> Run<TView>(
        this ISpinnerGrain spinner, OptionalBody<RunDraft> body, IdempotencyKey key, Caller by, Func<Stored<Jobs.Job>, TView> view) =>
        key.Refusal is { } refusal ? refusal
            : body.Value.Ok ? (await spinner.Run(new(body.Value.Value.RowIds, key.Key), by)).Map(view)
            : body.Value.Failure;
}

/// <summary>What to run; nothing said means every row of the table.</summary>
public sealed record RunDraft
{
    /// <summary>Ids of the rows to run; null for all.</summary>
    public IReadOnlyList<string>? RowIds { get; init; }
}

/// <summary>A spinner's schedule and when it is due.</summary>
/// <param name="NextTimes">The next five times, UTC.</param>
public sealed record ScheduleView(string Cron, string TimeZone, Overlap Overlap, IReadOnlyList<DateTimeOffset> NextTimes)
{
    private const int Shown = 5;

    /// <summary>The view of a spinner's schedule.</summary>
    public static ScheduleView Of(Stored<Spinner> spinner, TimeProvider clock)
    {
        var schedule = spinner.Value.Schedule!;
        return new(schedule.Cron, schedule.TimeZone, schedule.Overlap, CronPlan.Parse(schedule.Cron, schedule.TimeZone).Value!.Next(clock.GetUtcNow(), Shown));
    }
}
