namespace Troupe.Identity;

/// <summary>The shell of a workspace.</summary>
public sealed class WorkspaceGrain(IStore store, TimeProvider clock) : RecordGrain<Workspace>(store, clock), IWorkspaceGrain
{
    private static readonly Caller Itself = new(GrainKey.System, "system");

    /// <inheritdoc/>
    public async Task<Outcome<Stored<Workspace>>> Create(WorkspaceDraft draft, Caller by)
    {
        for (var number = 1; ; number++)
        {
            var made = await Found(() => Numbered(Workspace.Create(draft), number), by);
            if (made.Failure?.Code != "slug_taken" || draft.Slug is not null || number == Limits.SlugAttempts)
            {
                return made;
            }
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<Stored<Workspace>>> Read() => Task.FromResult<Outcome<Stored<Workspace>>>(State is null ? Absent : State);

    /// <inheritdoc/>
    public Task<Outcome<Stored<Workspace>>> Change(WorkspaceDraft draft, Caller by) => Apply(was => was.Change(draft), "updated", by);

    /// <inheritdoc/>
    public Task<Outcome<Stored<Workspace>>> SetPlan(PlanDraft draft, Caller by) => Apply(was => was.SetPlan(draft), "plan_changed", by);

    /// <inheritdoc/>
    public Task<Outcome<WorkspaceTerms>> Terms() =>
        Task.FromResult<Outcome<WorkspaceTerms>>(State is null ? Absent : new WorkspaceTerms(State.Value.Modules, State.Value.Allowed().RequestsPerSecond));

    /// <inheritdoc/>
    public async Task<Outcome<Done>> Charge(Usage[] usage, string? name = null) =>
        (await Apply(was => was.Charge(usage, Clock.GetUtcNow()), Metered, Itself with { Operation = $"charge:{Key.Id}", Key = name })).Map(_ => Done.Value);

    /// <inheritdoc/>
    public async Task<Outcome<Done>> Release(Usage[] usage) =>
        (await Apply(was => was.Release(usage, Clock.GetUtcNow()), Metered, Itself)).Map(_ => Done.Value);

    /// <summary>A meter that moves is no news.</summary>
    protected override IReadOnlyList<Event> Events(Stored<Workspace> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == Metered ? [] : base.Events(next, verb, body);

    private const string Metered = "metered";

    private static Outcome<Workspace> Numbered(Outcome<Workspace> made, int number) =>
        made.Ok && number > 1 ? made.Value with { Slug = $"{made.Value.Slug[..Math.Min(made.Value.Slug.Length, 60)]}-{number}" } : made;
}
