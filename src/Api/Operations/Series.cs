using System.Diagnostics.Metrics;

namespace Troupe.Api.Operations;

/// <summary>One line of a metric: an instrument with one set of tags. Histograms also count by bucket.</summary>
internal sealed class Series(KeyValuePair<string, object?>[] tags, double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private readonly Lock _gate = new();
    private double _value;

    /// <summary>The tags.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>The next series with the same hash of tags.</summary>
    public Series? Next { get; init; }

    /// <summary>Whether these are its tags, in this order.</summary>
    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (tags[i].Key != others[i].Key || !Equals(tags[i].Value, others[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes a measurement in.</summary>
    public void Measure(double value, bool isTotal)
    {
        lock (_gate)
        {
            _value = isTotal ? value : _value + value;
            if (bounds.Length > 0)
            {
                var bucket = 0;
                while (bucket < bounds.Length && value > bounds[bucket])
                {
                    bucket++;
                }

                _counts[bucket]++;
            }
        }
    }

    /// <summary>The value (of a histogram: the sum) and the counts by bucket, of one moment.</summary>
    public (double Value, long[] Counts) Read()
    {
        lock (_gate)
        {
            return (_value, [.. _counts]);
        }
    }
}

/// <summary>An instrument and its series.</summary>
internal sealed class Metric(Instrument instrument, bool isTotal, double[] bounds)
{
    private const int MostSeries = 2_000;
    private readonly Lock _gate = new();
    private volatile Dictionary<int, Series> _series = [];
    private int _count;

    /// <summary>The instrument.</summary>
    public Instrument Instrument => instrument;

    /// <summary>Upper bounds of the buckets; empty when it is not a histogram.</summary>
    public IReadOnlyList<double> Bounds => bounds;

    /// <summary>The series, each once.</summary>
    public IEnumerable<Series> All
    {
        get
        {
            foreach (var first in _series.Values)
            {
                for (var series = first; series is not null; series = series.Next)
                {
                    yield return series;
                }
            }
        }
    }

    /// <summary>Takes a measurement in. Reads without a lock once the tags were seen; series beyond the bound are not kept.</summary>
    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(tags)?.Measure(value, isTotal);

    private Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = new HashCode();
        foreach (var (key, value) in tags)
        {
            hash.Add(key);
            hash.Add(value);
        }

        var code = hash.ToHashCode();
        return Seen(code, tags) ?? Add(code, tags);
    }

    private Series? Seen(int code, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = _series.GetValueOrDefault(code);
        while (series is not null && !series.Has(tags))
        {
            series = series.Next;
        }

        return series;
    }

    private Series? Add(int code, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (Seen(code, tags) is { } raced)
            {
                return raced;
            }

            if (_count == MostSeries)
            {
                return null;
            }

            _count++;
            var added = new Series(tags.ToArray(), bounds) { Next = _series.GetValueOrDefault(code) };
            _series = new Dictionary<int, Series>(_series) { [code] = added };
            return added;
        }
    }
}
