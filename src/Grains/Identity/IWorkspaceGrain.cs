namespace Troupe.Identity;

/// <summary>The owner of a workspace's name, plan and meters. Key: <c>system/&lt;workspace id&gt;</c>.</summary>
public interface IWorkspaceGrain : IGrainWithStringKey
{
    /// <summary>Makes the workspace. A slug that was made from the name and is taken gets a number behind it; one that was asked for is refused with
    /// <c>slug_taken</c>.</summary>
    Task<Outcome<Stored<Workspace>>> Create(WorkspaceDraft draft, Caller by);

    /// <summary>The workspace, or <see cref="Refusal.Missing"/>.</summary>
    Task<Outcome<Stored<Workspace>>> Read();

    /// <summary>Another name or other modules.</summary>
    Task<Outcome<Stored<Workspace>>> Change(WorkspaceDraft draft, Caller by);

    /// <summary>Another plan or other limits. What is used already stays, even above a lower limit.</summary>
    Task<Outcome<Stored<Workspace>>> SetPlan(PlanDraft draft, Caller by);

    /// <summary>What a key of the workspace works under.</summary>
    Task<Outcome<WorkspaceTerms>> Terms();

    /// <summary>Takes the amounts from the plan, all or none. Refused with <see cref="Refusal.Forbidden"/>, code <c>plan_limit</c>, when a meter has not enough
    /// left;
    /// the message names resource, plan and used/limit [ingest-api.md section 11].</summary>
    /// <param name="usage">The amounts.</param>
    /// <param name="name">A name of the charge, for whoever may have to ask twice because a process died in between: charges of one name are made once in
    /// <see cref="Limits.AnswerRetention"/>. Null for a charge that is never repeated.</param>
    Task<Outcome<Done>> Charge(Usage[] usage, string? name = null);

    /// <summary>Gives capacity back. Monthly meters are left alone.</summary>
    Task<Outcome<Done>> Release(Usage[] usage);
}

/// <summary>What a key of a workspace works under.</summary>
/// <param name="Modules">What is switched on.</param>
/// <param name="RequestsPerSecond">The plan's limit for each key; null is unlimited.</param>
public sealed record WorkspaceTerms(IReadOnlyList<string> Modules, long? RequestsPerSecond);
