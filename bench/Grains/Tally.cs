namespace Troupe.Bench.Grains;

/// <summary>A grain that only counts, so that a call costs what the runtime costs.</summary>
public interface ITallyGrain : IGrainWithStringKey
{
    /// <summary>Adds and gives the sum.</summary>
    Task<long> Add(long number);

    /// <summary>The size of a payload.</summary>
    Task<int> Size(ReadOnlyMemory<byte> payload);
}

/// <inheritdoc/>
public sealed class TallyGrain : Grain, ITallyGrain
{
    private long _sum;

    /// <inheritdoc/>
    public Task<long> Add(long number) => Task.FromResult(_sum += number);

    /// <inheritdoc/>
    public Task<int> Size(ReadOnlyMemory<byte> payload) => Task.FromResult(payload.Length);
}

/// <summary>A record like any other of the product, kept by a grain.</summary>
public sealed record Counter(string Name, long Sum) : IRecord<Counter>
{
    /// <inheritdoc/>
    public static Kind Kind => new("counter", "cnt");

    /// <inheritdoc/>
    public static Facet<Counter>[] Facets => [new("name", c => c.Name)];

    /// <inheritdoc/>
    public static Func<Counter, string?>[] Search => [];
}

/// <summary>A grain whose every call is a durable commit of its record, with its event and its audit entry.</summary>
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Makes the record.</summary>
    Task<Outcome<Stored<Counter>>> Create(string name, Caller by);

    /// <summary>Adds and commits.</summary>
    Task<Outcome<Stored<Counter>>> Add(long number, Caller by);
}

/// <inheritdoc/>
public sealed class CounterGrain(IStore store, TimeProvider clock) : RecordGrain<Counter>(store, clock), ICounterGrain
{
    /// <inheritdoc/>
    public Task<Outcome<Stored<Counter>>> Create(string name, Caller by) => Found(() => new Counter(name, 0), by);

    /// <inheritdoc/>
    public Task<Outcome<Stored<Counter>>> Add(long number, Caller by) => Apply(counter => counter with { Sum = counter.Sum + number }, "added", by);
}
