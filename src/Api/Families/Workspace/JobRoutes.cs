using Troupe.Api.Auth;
using Troupe.Jobs;

namespace Troupe.Api.Families.Workspace;

/// <summary>Jobs: what runs, how far it is, and the verbs that hold or end it.</summary>
internal static class JobRoutes
{
    public static void MapJobs(this Family family)
    {
        family.Get("/jobs", "jobs:read", async (KeyCaller by, PageQuery page, IDirectory directory, string? spinner_id, string? status) =>
            status is not null && !Statuses.Contains(status)
                ? Failure.Invalid("status", $"A status is one of {string.Join(", ", Statuses)}.")
                : (await page.List<Job>(directory, by.Workspace, PageQuery.Where("spinner_id", spinner_id), PageQuery.Where("status", status)))
                    .Map(jobs => jobs.Map(JobView.Of)));

        family.Get("/jobs/{id}", "jobs:read", (string id, KeyCaller by, IGrainFactory grains) => View(grains.JobOf(by.Workspace, id).Read()));

        family.Post("/jobs/{id}/cancel", "jobs:write", (string id, KeyCaller by, IGrainFactory grains) => View(grains.JobOf(by.Workspace, id).Cancel(by.Caller)));

        family.Post("/jobs/{id}/pause", "jobs:write", (string id, KeyCaller by, IGrainFactory grains) => View(grains.JobOf(by.Workspace, id).Pause(by.Caller)));

        family.Post("/jobs/{id}/resume", "jobs:write", (string id, KeyCaller by, IGrainFactory grains) => View(grains.JobOf(by.Workspace, id).Resume(by.Caller)));

        family.Raw(HttpMethods.Get, "/jobs/{id}/events", "jobs:read", JobEvents.Stream);
    }

    /// <summary>The grain of a job of a workspace.</summary>
    public static IJobGrain JobOf(this IGrainFactory grains, string workspace, string id) => grains.GetGrain<IJobGrain>(new GrainKey(workspace, id).ToString());

    private static string[] Statuses { get; } = [.. Enum.GetValues<JobStatus>().Select(Job.Name)];

    private static async Task<Outcome<JobView>> View(Task<Outcome<Stored<Job>>> job) => (await job).Map(JobView.Of);
}

/// <summary>A job as it is shown.</summary>
/// <param name="Rate">Records ended per second, over the job's whole run.</param>
/// <param name="Error">Why the job itself could not go on; absent otherwise.</param>
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
    public static JobView Of(Stored<Job> stored)
    {
        var job = stored.Value;
        return new(
            stored.Id, job.SpinnerId, job.SpinnerVersion, job.TableId, job.Status, job.Total, job.Counts.Completed, job.Counts.Failed, job.Counts.Waiting,
            job.Counts.Canceled, job.Rate(stored.UpdatedAt), job.StartedBy, job.Error, stored.CreatedAt, job.StartedAt, job.EndedAt);
    }
}
