using System.Globalization;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>What goes on while something breaks: clients that push rows into several tables, and a job that calls an outside system. In the end everything
/// that was acknowledged, and every record, must be there once.</summary>
public sealed class SteadyLoad : IDisposable
{
    private const int Tables = 6, Clients = 12, JobRatePerSecond = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60), JobLimit = TimeSpan.FromSeconds(60);
    private readonly HttpClient _client;
    private readonly Receiver _receiver;

    private SteadyLoad(HttpClient client, Receiver receiver, IngestLoad ingest, JobLoad job) =>
        (_client, _receiver, Ingest, Job) = (client, receiver, ingest, job);

    /// <summary>The clients that push.</summary>
    public IngestLoad Ingest { get; }

    /// <summary>The job.</summary>
    public JobLoad Job { get; }

    /// <summary>Starts it in a workspace of its own.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="receiver">The outside system.</param>
    /// <param name="jobSeconds">How long the job takes if nothing disturbs it.</param>
    /// <param name="patience">How long a pushing client waits for an answer before it sends again.</param>
    public static async Task<SteadyLoad> Start(ClusterProcesses cluster, Receiver receiver, int jobSeconds, TimeSpan? patience = null)
    {
        using var admin = cluster.Client();
        var key = await admin.MakeKey(JobLoad.Scopes);
        var client = cluster.Client(key);
        var job = await JobLoad.Start(client, receiver, jobSeconds * JobRatePerSecond, JobRatePerSecond);
        var ingest = await IngestLoad.Start(cluster.Client(key, patience ?? TimeSpan.FromSeconds(10)), Tables, Clients, Pause);
        return new(client, receiver, ingest, job);
    }

    /// <summary>Ends it: the clients stop, the job runs to its end, everything is counted.</summary>
    public async Task Finish(ITestOutputHelper log)
    {
        var rows = await Ingest.Finish();
        await Job.End(_client, JobLimit);
        await Job.Check(_client);
        var failed = Ingest.Attempts.Where(attempt => attempt.Status != 200).GroupBy(attempt => attempt.Status).OrderBy(group => group.Key);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"load: {rows} rows in {Ingest.Attempts.Count} requests, each row once and in order; unanswered or refused: " +
            $"{string.Join(", ", failed.Select(group => $"{group.Count()} x {group.Key}"))}; the job's records once each"));
    }

    public void Dispose() => Ingest.Dispose();
}
