using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>The clock that follows the table's.</summary>
public sealed class SharedClockTests
{
    private readonly FakeClock _own = new();

    [Fact]
    public void Its_first_answer_sets_it_whatever_the_machine_says()
    {
        var clock = new SharedClock(_own);
        var right = _own.GetUtcNow() - TimeSpan.FromHours(1);
        clock.Learn(_own.GetTimestamp(), _own.GetTimestamp(), right);
        Assert.Equal(right, clock.GetUtcNow());
        _own.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(right + TimeSpan.FromMinutes(5), clock.GetUtcNow());
    }

    [Fact]
    public void When_it_is_behind_it_jumps_and_when_it_is_ahead_it_slows_down_until_it_is_right()
    {
        var clock = new SharedClock(_own);
        var right = _own.GetUtcNow();
        clock.Learn(_own.GetTimestamp(), _own.GetTimestamp(), right);
        clock.Learn(_own.GetTimestamp(), _own.GetTimestamp(), right + TimeSpan.FromSeconds(4));
        Assert.Equal(right + TimeSpan.FromSeconds(4), clock.GetUtcNow());
        clock.Learn(_own.GetTimestamp(), _own.GetTimestamp(), right);
        Assert.Equal(right + TimeSpan.FromSeconds(4), clock.GetUtcNow());
        _own.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(right + TimeSpan.FromSeconds(6), clock.GetUtcNow());
        _own.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(right + TimeSpan.FromSeconds(10), clock.GetUtcNow());
    }

    [Fact]
    public void A_difference_that_a_slow_answer_explains_changes_nothing()
    {
        var clock = new SharedClock(_own);
        var right = _own.GetUtcNow();
        clock.Learn(_own.GetTimestamp(), _own.GetTimestamp(), right);
        var sent = _own.GetTimestamp();
        _own.Advance(TimeSpan.FromSeconds(2));
        clock.Learn(sent, _own.GetTimestamp(), right + TimeSpan.FromSeconds(0.5));
        Assert.Equal(right + TimeSpan.FromSeconds(2), clock.GetUtcNow());
    }
}
