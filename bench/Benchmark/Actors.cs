using System.Diagnostics;
using Troupe.Bench.Grains;
using Troupe.Tests;

namespace Troupe.Bench.Benchmark;

/// <summary>The runtime by itself, beside what Microsoft Orleans did on a machine like this one
/// (2 processors shared by everything, 100 callers, 1,000 grains).</summary>
internal static class Actors
{
    private const int Callers = 100;
    private const int GrainCount = 1_000;
    private const int Activated = 100_000;

    private const double OrleansCalls = 550_000;
    private const double OrleansCommits = 1_200;
    private const double OrleansPostgresCommits = 4_000;
    private const double OrleansActivationBytes = 1_800;
    private const double OrleansActivations = 41_000;

    /// <summary>Calls that only count.</summary>
    public static async Task Calls(Session session)
    {
        await using var node = await LocalNode.Start(session);
        var grains = Enumerable.Range(0, GrainCount).Select(i => node.Factory.GetGrain<ITallyGrain>($"bench/{i}")).ToArray();
        var (rate, calls) = await Rate(session, async number => await grains[number % GrainCount].Add(1));
        await Check(calls, async grain => await grains[grain].Add(0));
        session.Report.Add(Beside("local grain calls, 100 callers, 1,000 grains", rate, "/s", OrleansCalls));
    }

    /// <summary>Calls of which each is durable before it is answered, on the embedded database.</summary>
    public static async Task Commits(Session session)
    {
        await using var node = await LocalNode.Start(session);
        await Commits(session, node, "SQLite", OrleansCommits);
    }

    /// <summary>The same on a private PostgreSQL with its own durability.</summary>
    public static async Task PostgresCommits(Session session)
    {
        await using var postgres = await PrivatePostgres.Launch();
        await using var node = await LocalNode.Start(session, await postgres.CreateDatabase());
        await Commits(session, node, "PostgreSQL", OrleansPostgresCommits);
    }

    /// <summary>What an activation weighs when nobody calls it, and how fast they come up.</summary>
    public static async Task Activations(Session session)
    {
        await using var node = await LocalNode.Start(session);
        await Activate(node, "warm", Activated / 4);
        var bytes = new List<double>();
        var rates = new List<double>();
        for (var round = 0; round < session.Rounds; round++)
        {
            var before = await Settled();
            var clock = Stopwatch.StartNew();
            await Activate(node, $"round {round}", Activated);
            rates.Add(Activated / clock.Elapsed.TotalSeconds);
            bytes.Add((double)(await Settled() - before) / Activated);
        }

        session.Report.Add(Beside("an idle activation", Session.Median(bytes), "bytes", OrleansActivationBytes, atMost: true));
        session.Report.Add(Beside("activations, 100 callers", Session.Median(rates), "/s", OrleansActivations));
    }

    private static async Task Commits(Session session, LocalNode node, string engine, double orleans)
    {
        var by = new Caller("bench", "bench");
        var grains = Enumerable.Range(0, GrainCount).Select(i => node.Factory.GetGrain<ICounterGrain>($"bench/cnt_{i:0000}")).ToArray();
        await Task.WhenAll(grains.Select(async (grain, i) => Require(await grain.Create($"counter {i}", by))));
        var (rate, calls) = await Rate(session, async number => Require(await grains[number % GrainCount].Add(1, by)));
        await Check(calls, async grain => Require(await grains[grain].Add(0, by)));
        session.Report.Add(Beside($"grain commits on {engine}, 100 callers, 1,000 grains", rate, "/s", orleans));
    }

    private static Figure Beside(string what, double ours, string unit, double orleans, bool atMost = false) =>
        new(what, $"{Report.Number(ours)} {unit}", $"Orleans, {Report.Number(orleans)} {unit}", ours / orleans, 1, atMost);

    /// <summary>Runs the callers for a warm-up and the rounds; the median of calls a second, and how many there were in all.</summary>
    private static async Task<(double Rate, long Calls)> Rate(Session session, Func<int, Task> call)
    {
        var (_, calls) = await Round(call, Session.ColdWarmUp / 2);
        var rates = await session.TakeTurns(async () =>
        {
            var (rate, count) = await Round(call, session.Round);
            calls += count;
            return rate;
        });
        return (Session.Median(rates[0]), calls);
    }

    /// <summary>Throws unless the grains counted every call once.</summary>
    private static async Task Check(long calls, Func<int, Task<long>> sum)
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, GrainCount).Select(sum));
        if (sums.Sum() != calls)
            throw new InvalidOperationException($"{calls} calls were answered and the grains counted {sums.Sum()}.");
    }

    private static async Task<(double Rate, long Count)> Round(Func<int, Task> call, TimeSpan length)
    {
        var end = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var count = 0L;
            for (; Stopwatch.GetTimestamp() < end; count++)
                await call((caller * 7_919) + ((int)(count % GrainCount) * 31));
            return count;
        })));
        return (counts.Sum() / clock.Elapsed.TotalSeconds, counts.Sum());
    }

    private static Task Activate(LocalNode node, string prefix, int count) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < count; i += Callers)
                await node.Factory.GetGrain<ITallyGrain>($"{prefix}/{i}").Add(1);
        })));

    /// <summary>Managed memory once what is garbage is gone. The runtime looks after itself about once a second, so it is given the time to.</summary>
    private static async Task<long> Settled()
    {
        await Task.Delay(TimeSpan.FromSeconds(2));
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static long Require(Outcome<Stored<Counter>> outcome) =>
        outcome.Failure is { } failure ? throw new InvalidOperationException(failure.Message) : outcome.Value!.Value.Sum;
}
