using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>What a test and the grains it runs share: a log of what happened and gates that hold a grain until the test opens them.</summary>
public sealed class Probe
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new();
    private readonly ConcurrentQueue<string> _log = new();

    private int _inside;
    private int _most;

    /// <summary>The most that were between <see cref="Enter"/> and its end at the same time.</summary>
    public int MostInside => _most;

    public string[] Log => [.. _log];

    public Gate this[string name] => _gates.GetOrAdd(name, _ => new());

    public IDisposable Enter()
    {
        var now = Interlocked.Increment(ref _inside);
        InterlockedMax(ref _most, now);
        return new Leave(this);
    }

    public void Note(string what) => _log.Enqueue(what);

    private static void InterlockedMax(ref int most, int value)
    {
        for (var was = most; value > was; was = most)
        {
            Interlocked.CompareExchange(ref most, value, was);
        }
    }

    private sealed class Leave(Probe probe) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref probe._inside);
    }
}

/// <summary>A place a grain waits at. The test awaits <see cref="Reached"/> and then opens it.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task.Soon();

    public Task Pass()
    {
        _reached.TrySetResult();
        return _opened.Task;
    }

    public bool IsReached => _reached.Task.IsCompleted;

    public bool IsOpen => _opened.Task.IsCompleted;

    public void Open() => _opened.TrySetResult();
}

internal static class Hosts
{
    /// <summary>A host with one grain class and a probe.</summary>
    public static GrainHost Of<TInterface, TClass>(
        Probe probe, RuntimeOptions? options = null, FakeClock? clock = null, MemoryReminderTable? reminders = null) =>
        new([(typeof(TInterface), typeof(TClass))], services => services.AddSingleton(probe).AddSingleton(options ?? new()), clock, reminders);

    /// <summary>Waits for something that nothing tells of. Bounded, so that a test that fails ends.</summary>
    public static async Task Until(Func<bool> holds)
    {
        var end = Environment.TickCount64 + 20_000;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < end, "Waited in vain.");
            await Task.Yield();
        }
    }

    /// <summary>Bounds a wait, so that a test that fails ends.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Bounds a wait, so that a test that fails ends.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(20));
}
