using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Troupe.Bench.Load;

/// <summary>When answers count, in ticks of <see cref="Stopwatch"/>: requests sent before the start are warm-up, answers after the end are late.</summary>
internal readonly record struct Window(long Start, long End)
{
    /// <summary>A window that opens after a warm-up.</summary>
    public static Window After(TimeSpan warmUp, TimeSpan length)
    {
        var start = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
        return new(start, start + (long)(length.TotalSeconds * Stopwatch.Frequency));
    }
}

/// <summary>What a run of the generator saw.</summary>
/// <param name="PerSecond">2xx answers a second, inside the window.</param>
/// <param name="Accepted">2xx answers from first to last, warm-up included: what the server must hold afterwards.</param>
/// <param name="Errors">Other answers.</param>
/// <param name="FirstError">One of them, whole.</param>
/// <param name="Latencies">Time from sending to the whole answer.</param>
internal sealed record LoadResult(double PerSecond, long Accepted, long Errors, string? FirstError, Histogram Latencies)
{
    /// <summary>p50, p95 and p99 in milliseconds.</summary>
    public string Spread => $"{Milliseconds(0.5)} / {Milliseconds(0.95)} / {Milliseconds(0.99)} ms";

    private string Milliseconds(double share) => Latencies.Percentile(share).TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture);
}

/// <summary>Drives a server with a number of clients, each waiting for its answer before it sends again.</summary>
internal static class LoadRun
{
    /// <summary>Runs the clients for a warm-up and a window. Throws when any answer was an error: a rate of refusals measures nothing.</summary>
    public static async Task<LoadResult> Drive(IPEndPoint server, int clients, ReadOnlyMemory<byte>[] requests, TimeSpan warmUp, TimeSpan length)
    {
        var window = Window.After(warmUp, length);
        var connections = Enumerable.Range(0, clients).Select(_ => new LoadConnection(server)).ToList();
        try
        {
            await Task.WhenAll(connections.Select((connection, i) => connection.Run(requests, i * 37, window)));
            var latencies = new Histogram();
            connections.ForEach(connection => latencies.Add(connection.Latencies));
            var result = new LoadResult(
                latencies.Count / length.TotalSeconds,
                connections.Sum(c => c.Accepted),
                connections.Sum(c => c.Errors),
                connections.Find(c => c.FirstError is not null)?.FirstError,
                latencies);
            return result.FirstError is null ? result
                : throw new InvalidOperationException($"{result.Errors} requests failed; the first answer was\n{result.FirstError}");
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }
}
