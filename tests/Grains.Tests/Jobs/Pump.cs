using System.Diagnostics;

namespace Troupe.Tests.Jobs;

/// <summary>Waits for what other threads bring about, and moves a fake clock meanwhile. Bounded: what does not come in twenty seconds never comes.</summary>
internal static class Pump
{
    public static Task Until(Func<bool> condition, FakeClock? clock = null, TimeSpan? step = null) => Until(() => Task.FromResult(condition()), clock, step);

    public static async Task Until(Func<Task<bool>> condition, FakeClock? clock = null, TimeSpan? step = null)
    {
        for (var limit = Stopwatch.StartNew(); !await condition();)
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(20), "what the test waits for did not happen");
            clock?.Advance(step ?? TimeSpan.FromMilliseconds(5));
            await Task.Delay(1);
        }
    }
}
