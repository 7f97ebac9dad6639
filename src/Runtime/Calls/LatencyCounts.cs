namespace Troupe.Runtime;

/// <summary>How long the calls of a grain class took, counted by bucket.</summary>
/// <param name="Grain">Name of the grain class.</param>
/// <param name="Bounds">Upper bounds of the buckets, in seconds; one more bucket takes what is longer.</param>
/// <param name="Counts">Calls by bucket, since the node started.</param>
/// <param name="Seconds">Sum of their times.</param>
public sealed record CallTimes(string Grain, IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double Seconds);

/// <summary>Counts how long calls take, from the mailbox to their end. Reading the clock twice costs a sixth of a call that does nothing, so a class that
/// is called often is measured at every sixteenth call only, which then stands for sixteen. Each processor counts for itself: no lock, no cache line that
/// all write to.</summary>
internal sealed class LatencyCounts
{
    private const int Stride = 16;
    private const long Often = 20_000; // calls between two beats, at which the clock would begin to show

    private static readonly double[] s_bounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly int s_row = (s_bounds.Length + 2 + 7) / 8 * 8; // the buckets, what is beyond, the sum: in whole cache lines

    private readonly TimeProvider _clock;
    private readonly long[] _cells = new long[(Environment.ProcessorCount + 1) * s_row];
    private long _counted;
    private int _stride = 1;

    internal LatencyCounts(TimeProvider clock) => _clock = clock;

    /// <summary>When a call came, if it is one of those that are measured; otherwise 0.</summary>
    /// <param name="number">Number of the call among those of its activation.</param>
    internal long Begin(long number) => number % Volatile.Read(ref _stride) == 0 ? _clock.GetTimestamp() | 1 : 0; // never 0: half of two ticks is nothing

    /// <summary>Counts a call that <see cref="Begin"/> gave a time.</summary>
    internal void End(long begun)
    {
        var took = Math.Max(0, _clock.GetTimestamp() - begun);
        var seconds = (double)took / _clock.TimestampFrequency;
        var bucket = 0;
        while (bucket < s_bounds.Length && seconds > s_bounds[bucket])
        {
            bucket++;
        }

        var weight = Volatile.Read(ref _stride);
        var row = (1 + (Thread.GetCurrentProcessorId() % Environment.ProcessorCount)) * s_row; // the first row stays empty: the array's length is written there
        Interlocked.Add(ref _cells[row + bucket], weight);
        Interlocked.Add(ref _cells[row + s_bounds.Length + 1], took * weight);
    }

    /// <summary>At each beat: measures every call or every sixteenth, by how many there were since the last.</summary>
    internal void Beat()
    {
        var counted = 0L;
        for (var bucket = 0; bucket <= s_bounds.Length; bucket++)
        {
            counted += Sum(bucket);
        }

        Volatile.Write(ref _stride, counted - _counted > Often ? Stride : 1);
        _counted = counted;
    }

    internal CallTimes Read(string grain) => new(
        grain,
        s_bounds,
        [.. Enumerable.Range(0, s_bounds.Length + 1).Select(Sum)],
        (double)Sum(s_bounds.Length + 1) / _clock.TimestampFrequency);

    private long Sum(int cell)
    {
        var sum = 0L;
        for (var row = s_row; row < _cells.Length; row += s_row)
        {
            sum += Volatile.Read(ref _cells[row + cell]);
        }

        return sum;
    }
}
