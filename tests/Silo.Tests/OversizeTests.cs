using System.Net.Sockets;
using System.Text;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>A body that does not say how long it is, and is longer than may be. Clients such as this one write it all before they read a word, so they hear
/// of it only if the server takes in what it will not have.</summary>
public sealed class OversizeTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    private const int ChunkBytes = 1024 * 1024;
    private const int Chunks = (4 * Limits.BodyBytes) / ChunkBytes;

    [Theory]
    [InlineData("/api/v1/probe", "body_too_large")]
    [InlineData("/api/v1/public/probe", "BODY_TOO_LARGE")]
    [InlineData("/api/v1/public/ingest", "BODY_TOO_LARGE")]
    public async Task Is_answered_413_to_a_client_that_writes_before_it_reads(string path, string code)
    {
        using var socket = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ConnectAsync(probe.Server.Address.Host, probe.Server.Address.Port, patience.Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: probe\r\nAuthorization: {probe.All.DefaultRequestHeaders.Authorization}\r\n" +
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"), patience.Token);
        byte[] chunk = [.. Encoding.ASCII.GetBytes($"{ChunkBytes:x}\r\n"), .. Enumerable.Repeat((byte)' ', ChunkBytes), .. "\r\n"u8];
        for (var i = 0; i < Chunks; i++)
        {
            await stream.WriteAsync(chunk, patience.Token);
        }

        await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), patience.Token);
        var answer = await Read(stream, patience.Token);

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"{code}\"", answer, StringComparison.Ordinal);
    }

    private static async Task<string> Read(NetworkStream stream, CancellationToken cancel)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4_096];
        while (!answer.ToString().Contains('}', StringComparison.Ordinal) && await stream.ReadAsync(buffer, cancel) is > 0 and var count)
        {
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }
}
