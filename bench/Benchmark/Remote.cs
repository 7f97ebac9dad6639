using System.Diagnostics;
using Troupe.Bench.Grains;
using Troupe.Bench.Load;
using Troupe.Bench.Server;

namespace Troupe.Bench.Benchmark;

/// <summary>Calls to grains of another process on this machine, beside calls that stay, and beside what an external client of Microsoft Orleans did on a
/// machine like this one. Both processes share its two processors.</summary>
internal static class Remote
{
    private const int Callers = 100;
    private const int GrainCount = 1_000;
    private const int BatchBytes = 1_000_000;
    private const int BatchCallers = 8;

    private const double OrleansCalls = 148_000;
    private const double OrleansMilliseconds = 1.6;

    /// <summary>Small calls, and large payloads.</summary>
    public static async Task Calls(Session session)
    {
        using var other = ChildProcess.Start("Bench.dll", ["bare", "node", session.Fresh("other")]);
        await using var node = await RemoteNode.Start(session.Fresh("caller"), await other.FirstLine());
        await using var local = await LocalNode.Start(session);
        var (far, near) = (Grains(node.Factory), Grains(local.Factory));
        foreach (var grains in new[] { far, near })
            await Round(Session.ColdWarmUp, grains, new());
        var latencies = new Histogram();
        var rates = await session.TakeTurns(() => Round(session.Round, far, latencies), () => Round(session.Round, near, new()));

        var (remote, p99) = (Session.Median(rates[0]), latencies.Percentile(0.99).TotalMilliseconds);
        session.Report.Add(new("remote grain calls, 100 callers, 1,000 grains", $"{Report.Number(remote)} /s",
            $"Orleans, {Report.Number(OrleansCalls)} /s", remote / OrleansCalls, 1));
        session.Report.Add(new("their 99th percentile", $"{Report.Number(p99)} ms",
            $"Orleans, {Report.Number(OrleansMilliseconds)} ms", p99 / OrleansMilliseconds, 1, AtMost: true));
        session.Report.Add(new("the same calls", $"{Report.Number(remote)} /s",
            $"local, {Report.Number(Session.Median(rates[1]))} /s", Session.Ratio(rates[0], rates[1]), null));
        await Payloads(session, node.Factory);
    }

    private static async Task Payloads(Session session, IGrainFactory factory)
    {
        var batch = new byte[BatchBytes];
        var grain = factory.GetGrain<ITallyGrain>("bench/batches");
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, BatchCallers).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            for (; clock.Elapsed < session.Round; count++)
            {
                if (await grain.Size(batch) != BatchBytes)
                    throw new InvalidOperationException("A payload changed its size on the way.");
            }

            return count;
        })));
        session.Report.Tell($"Payloads of 1 MB to a grain of another process: {Report.Number(counts.Sum() / clock.Elapsed.TotalSeconds)} MB/s.");
    }

    private static ITallyGrain[] Grains(IGrainFactory factory) =>
        [.. Enumerable.Range(0, GrainCount).Select(i => factory.GetGrain<ITallyGrain>($"bench/{i}"))];

    private static async Task<double> Round(TimeSpan length, ITallyGrain[] grains, Histogram latencies)
    {
        var end = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var clock = Stopwatch.StartNew();
        var taken = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var own = new Histogram();
            for (var number = caller * 7_919; Stopwatch.GetTimestamp() is var begin && begin < end; number += 31)
            {
                await grains[number % GrainCount].Add(1);
                own.Record((long)Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
            }

            return own;
        })));
        var rate = taken.Sum(one => one.Count) / clock.Elapsed.TotalSeconds;
        foreach (var one in taken)
            latencies.Add(one);
        return rate;
    }
}
