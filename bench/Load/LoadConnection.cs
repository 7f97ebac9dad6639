using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Troupe.Bench.Load;

/// <summary>One keep-alive HTTP/1.1 connection that sends a ready-made request, reads the answer, and sends the next. It looks at the
/// status and at where the answer ends, and at nothing else, so that the generator takes as little of the shared processors as it can.</summary>
internal sealed class LoadConnection(IPEndPoint server) : IDisposable
{
    private readonly Socket _socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _filled;

    /// <summary>Latencies of the answers that came inside the measured window.</summary>
    public Histogram Latencies { get; } = new();

    /// <summary>Answers inside the window with a status other than 2xx.</summary>
    public long Errors { get; private set; }

    /// <summary>The first answer that was an error.</summary>
    public string? FirstError { get; private set; }

    /// <summary>2xx answers since the connection was opened, inside the window or not.</summary>
    public long Accepted { get; private set; }

    /// <summary>Sends one request after another until the clock passes the end of the window.</summary>
    /// <param name="requests">Ready-made requests; the connection goes round them.</param>
    /// <param name="first">Which to begin with.</param>
    /// <param name="window">When to count.</param>
    public async Task Run(ReadOnlyMemory<byte>[] requests, int first, Window window)
    {
        await _socket.ConnectAsync(server);
        for (var i = first; ; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            if (sent >= window.End)
                return;

            await _socket.SendAsync(requests[i % requests.Length]);
            var status = await Answer();
            var now = Stopwatch.GetTimestamp();
            Count(status, sent, now, window);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Count(int status, long sent, long now, Window window)
    {
        var ok = status is >= 200 and < 300;
        if (ok)
            Accepted++;
        else
            FirstError ??= Encoding.UTF8.GetString(_buffer, 0, _filled);

        if (sent < window.Start || now >= window.End)
            return;

        if (ok)
            Latencies.Record((long)Stopwatch.GetElapsedTime(sent, now).TotalMicroseconds);
        else
            Errors++;
    }

    private async ValueTask<int> Answer()
    {
        _filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
            if (read == 0)
                throw new IOException($"The server closed the connection after '{Encoding.UTF8.GetString(_buffer, 0, _filled)}'.");

            _filled += read;
            if (Ended(_buffer.AsSpan(0, _filled)))
                return ((_buffer[9] - '0') * 100) + ((_buffer[10] - '0') * 10) + (_buffer[11] - '0');
            if (_filled == _buffer.Length)
                throw new IOException("The answer is longer than the generator's buffer.");
        }
    }

    private static bool Ended(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;

        var name = answer[..head].IndexOf("ontent-Length: "u8);
        if (name < 0)
            return answer.EndsWith("0\r\n\r\n"u8) || answer[..head].IndexOf("ransfer-Encoding"u8) < 0;

        var length = 0;
        foreach (var digit in answer[(name + 15)..head])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                break;
            length = (length * 10) + digit - '0';
        }

        return answer.Length >= head + 4 + length;
    }
}
