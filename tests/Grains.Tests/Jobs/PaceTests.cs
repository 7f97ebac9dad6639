using Troupe.Jobs;

namespace Troupe.Tests.Jobs;

public sealed class PaceTests
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData(0.5)]
    [InlineData(7.0)]
    [InlineData(50.0)]
    [InlineData(3_000.0)]
    public void Starts_keep_to_the_rate(double rate)
    {
        var pace = new Pace(_clock);
        pace.Set(rate);
        var starts = new List<DateTimeOffset>();
        var end = _clock.GetUtcNow().AddSeconds(20);
        while (_clock.GetUtcNow() < end)
        {
            if (pace.TryTake(out var wait))
            {
                starts.Add(_clock.GetUtcNow());
            }
            else
            {
                _clock.Advance(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)))); // timers count milliseconds
            }
        }

        Assert.InRange(starts.Count, (rate * 20 * 0.98) - 1, (rate * 20) + 1 + (rate * 0.05));
        foreach (var first in starts.Where((_, i) => i % 50 == 0))
        {
            Assert.True(starts.Count(s => s >= first && s < first.AddSeconds(1)) <= rate + 1 + (rate * 0.05), "more in a second than the rate allows");
        }
    }

    [Fact]
    public void An_idle_lane_saves_up_no_burst()
    {
        var pace = new Pace(_clock);
        pace.Set(10);
        Assert.True(pace.TryTake(out _));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(pace.TryTake(out _));
        Assert.False(pace.TryTake(out var wait));
        Assert.InRange(wait.TotalMilliseconds, 45, 100);
    }

    [Fact]
    public void No_rate_is_no_limit_and_a_faster_rate_takes_effect_at_once()
    {
        var pace = new Pace(_clock);
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.True(pace.TryTake(out var _)));
        pace.Set(0.001);
        Assert.True(pace.TryTake(out _));
        Assert.False(pace.TryTake(out _));
        pace.Set(1_000);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(pace.TryTake(out _));
    }
}
