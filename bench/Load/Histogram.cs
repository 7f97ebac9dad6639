using System.Numerics;

namespace Troupe.Bench.Load;

/// <summary>Latencies in microseconds, kept to within 1.6 % (64 steps a power of two). Not thread-safe: one a connection, added up at the end.</summary>
internal sealed class Histogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[Steps * (64 - StepBits)];

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Records one latency.</summary>
    public void Record(long microseconds)
    {
        var value = (ulong)Math.Max(0, microseconds);
        var shift = Math.Max(0, BitOperations.Log2(value | 1) - StepBits);
        _counts[(shift * Steps) + (int)(value >> shift)]++;
        Count++;
    }

    /// <summary>Adds another histogram to this one.</summary>
    public void Add(Histogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The latency that a share of all (0 to 1) did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
                return TimeSpan.FromMicroseconds(i < Steps * 2 ? i : (double)((ulong)((i % Steps) + Steps) << ((i / Steps) - 1)));
        }

        return TimeSpan.Zero;
    }
}
