using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Troupe.Silo.Commands.Demo;

/// <summary>What a job reports of itself.</summary>
internal sealed record JobProgress(string Status, long Total, long Completed, long Failed, long Waiting)
{
    /// <summary>Records that have ended.</summary>
    public long Ended => Completed + Failed;

    /// <summary>Nothing more will happen to the job.</summary>
    public bool Over => Status is "completed" or "partial" or "failed" or "canceled";

    /// <summary>Reads a job's JSON.</summary>
    public static JobProgress Of(JsonElement job) =>
        new(job.GetProperty("status").GetString()!, Number(job, "total"), Number(job, "completed"), Number(job, "failed"), Number(job, "waiting"));

    private static long Number(JsonElement job, string name) => job.GetProperty(name).GetInt64();
}

/// <summary>Follows a job by its server-sent events, over a restart of the server too.</summary>
internal static class JobWatch
{
    /// <summary>Gives every state of the job that is heard of, the last one included.</summary>
    public static async IAsyncEnumerable<JobProgress> Follow(Uri address, string key, string jobId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var quiet = 0;
        while (quiet < 10)
        {
            using var client = new DemoClient(address, key);
            await using var events = Listen(client, jobId, cancel).GetAsyncEnumerator(cancel);
            while (await Heard(events))
            {
                quiet = 0;
                yield return events.Current;
                if (events.Current.Over)
                {
                    yield break;
                }
            }

            quiet++;
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
        }

        throw new DemoFailure($"The event stream of job {jobId} broke ten times without a word.");
    }

    private static async IAsyncEnumerable<JobProgress> Listen(DemoClient client, string jobId, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var stream = await client.Events($"/api/v1/jobs/{jobId}/events", cancel);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancel))
        {
            yield return JobProgress.Of(JsonElement.Parse(item.Data));
        }
    }

    /// <summary>False at the end of the stream, and when the server went away in the middle.</summary>
    private static async Task<bool> Heard(IAsyncEnumerator<JobProgress> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }
}
