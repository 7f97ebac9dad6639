using System.Diagnostics;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>A running job survives the death of its process: every record ends, each is recorded once.</summary>
public sealed class JobKillTests(ITestOutputHelper log)
{
    private const int Records = 20_000;
    private const int Kills = 20;
    private const int RatePerSecond = 1_500;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task A_job_of_twenty_thousand_records_survives_twenty_kills()
    {
        await using var receiver = await Receiver.Start();
        await using var server = new ServerProcess(new() { ["TROUPE__OUTBOUND__ALLOW__0"] = receiver.Address.Authority });
        await server.Start();
        var key = await server.MakeKey(JobLoad.Scopes);
        using var client = server.Client(key);
        var (jobs, kills) = (0, 0);
        for (; kills < Kills; jobs++) // on a busy machine a restart takes so long that one job is over before the last kill
        {
            var job = await JobLoad.Start(client, receiver, Records, RatePerSecond);
            kills = await KillUntilEnded(server, key, job, kills);
            await job.Check(client);
        }

        log.WriteLine($"{jobs} jobs of {Records} records, {kills} kills, {receiver.Seen.Values.Sum()} outside calls for {receiver.Seen.Count} keys");
    }

    private static async Task<int> KillUntilEnded(ServerProcess server, string key, JobLoad job, int kills)
    {
        var random = new Random(20261121 + kills);
        for (var limit = Stopwatch.StartNew(); limit.Elapsed < Longest;)
        {
            if (kills < Kills)
            {
                await Task.Delay(random.Next(100, 700));
                await server.Kill();
                await server.Start();
                kills++;
            }

            using var client = server.Client(key);
            if (await job.HasEnded(client))
            {
                return kills;
            }

            if (kills == Kills)
            {
                await Task.Delay(100);
            }
        }

        throw new TimeoutException($"The job did not end.\n{server.Output}");
    }
}
