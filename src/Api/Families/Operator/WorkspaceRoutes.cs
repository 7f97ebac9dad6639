using Troupe.Api.Auth;
using Troupe.Identity;

namespace Troupe.Api.Families.Operator;

using Workspace = Troupe.Identity.Workspace; // the namespace of the family stands nearer

/// <summary>Workspaces and their plans.</summary>
internal static class WorkspaceRoutes
{
    public static void MapWorkspaces(this Family family)
    {
        family.Post("/workspaces", "", (OperatorCaller by, Body<WorkspaceDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(async draft => View(await grains.WorkspaceOf(Id.New(Workspace.Kind, clock.GetUtcNow())).Create(draft, by.OnSystem), clock))).Created();

        family.Get("/workspaces", "", async (PageQuery page, IDirectory directory, TimeProvider clock) =>
            (await page.List<Workspace>(directory, GrainKey.System)).Map(list => list.Map(w => WorkspaceView.Of(w, clock.GetUtcNow()))));

        family.Get("/workspaces/{id}", "", async (string id, IGrainFactory grains, TimeProvider clock) => View(await grains.WorkspaceOf(id).Read(), clock));

        family.Patch("/workspaces/{id}", "", (string id, OperatorCaller by, Body<WorkspaceDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(async draft => View(await grains.WorkspaceOf(id).Change(draft, by.OnSystem), clock)));

        family.Put("/workspaces/{id}/plan", "", (string id, OperatorCaller by, Body<PlanDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(async draft => View(await grains.WorkspaceOf(id).SetPlan(draft, by.OnSystem), clock)));
    }

    /// <summary>The grain of a workspace.</summary>
    public static IWorkspaceGrain WorkspaceOf(this IGrainFactory grains, string id) => grains.GetGrain<IWorkspaceGrain>($"{GrainKey.System}/{id}");

    private static Outcome<WorkspaceView> View(Outcome<Stored<Workspace>> outcome, TimeProvider clock) =>
        outcome.Map(w => WorkspaceView.Of(w, clock.GetUtcNow()));
}

/// <summary>A meter as it is shown.</summary>
/// <param name="Used">What is used.</param>
/// <param name="Limit">What the plan allows; null is unlimited.</param>
/// <param name="Remaining">What is left; null is unlimited.</param>
public sealed record MeterView(long Used, long? Limit, long? Remaining);

/// <summary>A workspace as the operator sees it.</summary>
public sealed record WorkspaceView(
    string Id, string Name, string Slug, Plan Plan, PlanLimits Limits, IReadOnlyDictionary<Meter, MeterView> Meters, IReadOnlyList<string> Modules,
        DateTimeOffset CreatedAt)
{
    /// <summary>The view of a workspace at a time: the monthly meters depend on it.</summary>
    public static WorkspaceView Of(Stored<Workspace> stored, DateTimeOffset now)
    {
        var workspace = stored.Value;
        var limits = workspace.Allowed();
        var meters = Enum.GetValues<Meter>().ToDictionary(meter => meter, meter =>
        {
            var (used, limit) = (workspace.Meters.At(meter, now), limits.For(meter));
            return new MeterView(used, limit, limit is null ? null : Math.Max(0, limit.Value - used));
        });
        return new(stored.Id, workspace.Name, workspace.Slug, workspace.Plan, limits, meters, workspace.Modules, stored.CreatedAt);
    }
}
