namespace Troupe.Runtime;

/// <summary>The bounds of the connections between nodes.</summary>
public sealed record WireOptions
{
    /// <summary>Largest frame; a call or an answer that does not fit is refused. An ingest request of 10 MB fits with all it becomes.</summary>
    public int FrameBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Largest frame before the other side has shown that it knows the secret.</summary>
    public int HelloBytes { get; init; } = 1_024;

    /// <summary>Bytes of calls to one node that are on their way or unanswered; further calls wait, in order. Also bytes of answers that may wait to be sent
    /// before no further call is read.</summary>
    public long InFlightBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Calls to one node that may wait for room; the next is refused with <see cref="LimitExceededException"/>.</summary>
    public int WaitingCalls { get; init; } = 10_000;

    /// <summary>Time for connecting, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time in which both sides must have shown who they are.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Connections that may be saying hello at once; further ones are closed.</summary>
    public int Strangers { get; init; } = 64;

    /// <summary>Time between pings of the calling side.</summary>
    public TimeSpan PingPeriod { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Silence after which the calling side takes the other for dead. Pings are answered by the connection, not by grains: a slow grain is not silent.
    /// With a period on top it stays under two seconds.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Silence after which the answering side closes.</summary>
    public TimeSpan ServedSilence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait after a failed connection before the next is tried; doubles with each failure. Calls in between are refused at once.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest wait between two tries.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time a leaving node gives the others to take their leave.</summary>
    public TimeSpan GoodbyeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What of a frame is left for its payload: names and keys have four times 64 KB at most.</summary>
    internal long PayloadBytes => FrameBytes - (4 * (ushort.MaxValue + 1)) - 64;
}
