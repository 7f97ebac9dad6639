using Troupe.Api.Auth;
using Troupe.Api.Families.Workspace;
using Troupe.Api.OpenApi;

namespace Troupe.Api.Families.Ingest;

/// <summary>Starting a published spinner from outside [ingest-api.md section 4.4]. The body is optional: <c>{"rowIds": [...]}</c> runs these
/// rows only.</summary>
internal static class TriggerRoutes
{
    public static void MapTrigger(this Family family) =>
        family.Post("/trigger/{spinnerId}", "trigger",
            (string spinnerId, KeyCaller by, OptionalBody<RunDraft> body, IdempotencyKey key, IGrainFactory grains) =>
                grains.SpinnerOf(by.Workspace, spinnerId).Run(body, key, by.Caller, job => new Triggered(job.Id, job.Value.SpinnerId)))
            .Created().Named("triggerSpinner");
}

/// <summary>What was started.</summary>
/// <param name="JobId">The job.</param>
/// <param name="SpinnerId">Its spinner.</param>
public sealed record Triggered(string JobId, string SpinnerId);
