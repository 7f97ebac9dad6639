using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Troupe.Jobs;

namespace Troupe.Api.Families.Workspace;

/// <summary>A job's progress as server-sent events (WHATWG HTML, section 9.2): <c>progress</c> when its counts moved, <c>state</c> when its status changed,
/// each with the job as data. Every event tells everything, so a client that comes back needs no history. The stream ends with the job.</summary>
internal static class JobEvents
{
    public static async Task Stream(HttpContext context)
    {
        var services = context.RequestServices;
        var job = services.GetRequiredService<IGrainFactory>().JobOf(context.Caller().Workspace, (string)context.Request.RouteValues["id"]!);
        var read = await job.Read();
        if (!read.Ok)
        {
            await context.Answer(read.Failure);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // proxies in front must not hold events back
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            await Follow(context, job, read.Value, services.GetRequiredService<TimeProvider>(), end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client left or the server stops; either way the client may come back and is told the present state.
        }
    }

    private static async Task Follow(HttpContext context, IJobGrain job, Stored<Job> now, TimeProvider clock, CancellationToken end)
    {
        await Send(context, "state", now, clock, end);
        var (sent, sentAt) = (now, clock.GetTimestamp());
        while (!sent.Value.Ended)
        {
            await Task.Delay(Limits.ProgressInterval, clock, end);
            var read = await job.Read();
            if (!read.Ok)
            {
                return;
            }

            now = read.Value;
            if (now.Value.Status != sent.Value.Status || now.Value.Counts != sent.Value.Counts)
            {
                await Send(context, now.Value.Status != sent.Value.Status ? "state" : "progress", now, clock, end);
                (sent, sentAt) = (now, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(sentAt) >= Limits.StreamHeartbeat)
            {
                await context.Response.WriteAsync(": still here\n\n", end);
                await context.Response.Body.FlushAsync(end);
                sentAt = clock.GetTimestamp();
            }
        }
    }

    private static async Task Send(HttpContext context, string name, Stored<Job> job, TimeProvider clock, CancellationToken end)
    {
        var data = JsonSerializer.Serialize(JobView.Of(job, clock), context.Frame().Accent.Json);
        await context.Response.WriteAsync($"id: {job.Version}\nevent: {name}\ndata: {data}\n\n", end);
        await context.Response.Body.FlushAsync(end);
    }
}
