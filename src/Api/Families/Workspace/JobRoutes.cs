using Troupe.Api.Auth;
using Troupe.Api.OpenApi;
using Troupe.Jobs;

namespace Troupe.Api.Families.Workspace;

/// <summary>Jobs: what runs, how far it is, and the verbs that hold or end it.</summary>
internal static class JobRoutes
{
    public static void MapJobs(this Family family)
    {
        family.Get("/jobs", "jobs:read", async (KeyCaller by, PageQuery page, IDirectory directory, TimeProvider clock, string? spinner_id, string? status) =>
            status is not null && !Statuses.Contains(status)
                ? Failure.Invalid("status", $"A status is one of {string.Join(", ", Statuses)}.")
                : (await page.List<Job>(directory, by.Workspace, PageQuery.Where("spinner_id", spinner_id), PageQuery.Where("status", status)))
                    .Map(jobs => jobs.Map(job => JobView.Of(job, clock))));

        family.Get("/jobs/{id}", "jobs:read", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.JobOf(by.Workspace, id).Read().View(clock));

        family.Post("/jobs/{id}/cancel", "jobs:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            Cancel(grains.JobOf(by.Workspace, id), by.Caller).View(clock));

        family.Post("/jobs/{id}/pause", "jobs:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.JobOf(by.Workspace, id).Pause(by.Caller).View(clock));

        family.Post("/jobs/{id}/resume", "jobs:write", (string id, KeyCaller by, IGrainFactory grains, TimeProvider clock) =>
            grains.JobOf(by.Workspace, id).Resume(by.Caller).View(clock));

        family.Raw(HttpMethods.Get, "/jobs/{id}/events", "jobs:read", JobEvents.Stream).Named("followJob").Shaped(answersMedia: "text/event-stream");
    }

    /// <summary>The grain of a job of a workspace.</summary>
    public static IJobGrain JobOf(this IGrainFactory grains, string workspace, string id) =>
        grains.GetGrain<IJobGrain>(new GrainKey(workspace, id).ToString());

    private static string[] Statuses { get; } = [.. Enum.GetValues<JobStatus>().Select(Job.Name)];

    /// <summary>Answers the canceled job, or the job on its way there when it takes long to wind up.</summary>
    private static async Task<Outcome<Stored<Job>>> Cancel(IJobGrain job, Caller by)
    {
        var canceled = await job.Cancel(by);
        return canceled is { Ok: true, Value.Value.Ended: false } ? await job.Ended(Limits.CancelWait) : canceled;
    }

    private static async Task<Outcome<JobView>> View(this Task<Outcome<Stored<Job>>> job, TimeProvider clock) =>
        (await job).Map(stored => JobView.Of(stored, clock));
}

/// <summary>A job as it is shown.</summary>
/// <param name="Canceled">Records given up with the job; those that never started have no record.</param>
/// <param name="Rate">Records ended per second, over the job's whole run.</param>
/// <param name="Error">Why the job itself could not go on; null otherwise.</param>
public sealed record JobView(
    string Id,
    string SpinnerId,
    int SpinnerVersion,
    string TableId,
    JobStatus Status,
    long Total,
    long Completed,
    long Failed,
    long Waiting,
    long Canceled,
    double Rate,
    string StartedBy,
    string? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt)
{
    /// <summary>The view of a job.</summary>
    public static JobView Of(Stored<Job> stored, TimeProvider clock)
    {
        var job = stored.Value;
        return new(
            stored.Id, job.SpinnerId, job.SpinnerVersion, job.TableId, job.Status, job.Total, job.Counts.Completed, job.Counts.Failed, job.Counts.Waiting,
            job.Counts.Canceled, job.Rate(clock.GetUtcNow()), job.StartedBy, job.Error, stored.CreatedAt, job.StartedAt, job.EndedAt);
    }
}
