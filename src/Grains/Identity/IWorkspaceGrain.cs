namespace Troupe.Identity;

/// <summary>The owner of a workspace's plan and meters. Key: <c>system/&lt;workspace id&gt;</c>.</summary>
public interface IWorkspaceGrain : IGrainWithStringKey
{
    /// <summary>Takes the amounts from the plan, all or none. Refused with <see cref="Refusal.Forbidden"/>, code <c>plan_limit</c>, when a meter has not
    /// enough left; the message names resource, plan and used/limit [ingest-api.md section 11].</summary>
    Task<Outcome<Done>> Charge(IReadOnlyList<Usage> usage);

    /// <summary>Gives capacity back. Monthly meters are left alone.</summary>
    Task<Outcome<Done>> Release(IReadOnlyList<Usage> usage);
}
