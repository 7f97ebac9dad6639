using Microsoft.Extensions.DependencyInjection;

namespace Troupe.Tests;

/// <summary>Runs grains without a web host: the built-in runtime on a fake clock, with reminders in memory.</summary>
public sealed class GrainHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <summary>Starts a node.</summary>
    /// <param name="grains">Interfaces and the classes behind them, e.g. <c>Catalog.Grains</c>.</param>
    /// <param name="add">Adds what the grains' constructors ask for; what it registers wins over what is given here.</param>
    /// <param name="clock">The clock; a new <see cref="FakeClock"/> when null.</param>
    /// <param name="reminders">The reminder table; pass the one of an earlier host to restart it.</param>
    public GrainHost(
        IEnumerable<(Type Interface, Type Class)> grains,
        Action<IServiceCollection>? add = null,
        FakeClock? clock = null,
        MemoryReminderTable? reminders = null)
    {
        Clock = clock ?? new();
        Reminders = reminders ?? new();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IReminderTable>(Reminders);
        services.AddSingleton(provider => new GrainNode(provider, grains));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainNode>());
        add?.Invoke(services);
        _services = services.BuildServiceProvider();
        Node = _services.GetRequiredService<GrainNode>();
        Node.Start();
    }

    /// <summary>The clock; it moves only by <see cref="FakeClock.Advance"/>.</summary>
    public FakeClock Clock { get; }

    /// <summary>The reminder table.</summary>
    public MemoryReminderTable Reminders { get; }

    /// <summary>The node.</summary>
    public GrainNode Node { get; }

    /// <summary>Everything registered.</summary>
    public IServiceProvider Services => _services;

    /// <summary>A reference to a grain.</summary>
    public T Get<T>(string key) where T : IGrainWithStringKey => Node.GetGrain<T>(key);

    /// <summary>Stops the node as a host does, and lets go of its services.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5)); // the fake clock stands still: a grain that hangs must not hang the test
        await Node.Stop(limit.Token);
        await _services.DisposeAsync();
    }
}
