using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>How long calls took.</summary>
public sealed class CallTimeTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task A_call_is_timed_from_the_mailbox_to_its_end_and_falls_into_its_bucket()
    {
        await using var host = Hosts.Of<ITimed, TimedGrain>(_probe);
        var grain = host.Get<ITimed>("a");
        var held = grain.Hold("1");
        await _probe["1"].Reached;
        host.Clock.Advance(TimeSpan.FromMilliseconds(200));
        var waits = grain.Hold("2");
        host.Clock.Advance(TimeSpan.FromMilliseconds(200));
        _probe["1"].Open();
        await held.Soon();
        await _probe["2"].Reached;
        _probe["2"].Open();
        await waits.Soon();

        var times = Assert.Single(host.Node.CallTimes());
        Assert.Equal(nameof(TimedGrain), times.Grain);
        Assert.Equal((1, 1, 2), (Count(times, 0.25), Count(times, 0.5), times.Counts.Sum())); // 200 ms of waiting, and 400 ms
        Assert.Equal(0.6, times.Seconds, 0.001);
    }

    [Fact]
    public void A_class_called_often_is_measured_now_and_then_and_the_counts_stay_true()
    {
        var clock = new FakeClock();
        var counts = new LatencyCounts(clock);
        Run(counts, clock, calls: 30_000);
        Assert.Equal(30_000, counts.Read("x").Counts.Sum()); // each
        counts.Beat();
        Assert.Equal(30_000 / 16, Run(counts, clock, calls: 30_000));
        Assert.Equal(60_000, counts.Read("x").Counts.Sum()); // one stands for sixteen
        Assert.Equal(60, counts.Read("x").Seconds, 0.1);
        counts.Beat();
        counts.Beat();
        Assert.Equal(100, Run(counts, clock, calls: 100)); // quiet again: each
    }

    private static int Run(LatencyCounts counts, FakeClock clock, int calls)
    {
        var measured = 0;
        for (var call = 1; call <= calls; call += 100)
        {
            var begun = Enumerable.Range(call, 100).Select(number => counts.Begin(number)).Where(time => time != 0).ToList();
            clock.Advance(TimeSpan.FromMilliseconds(1));
            begun.ForEach(counts.End);
            measured += begun.Count;
        }

        return measured;
    }

    private static long Count(CallTimes times, double bound) => times.Counts[times.Bounds.ToList().IndexOf(bound)];

    public interface ITimed : IGrainWithStringKey
    {
        Task Hold(string gate);
    }

    public sealed class TimedGrain(Probe probe) : Grain, ITimed
    {
        public Task Hold(string gate) => probe[gate].Pass();
    }
}
