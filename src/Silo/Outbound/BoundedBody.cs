namespace Troupe.Silo.Outbound;

/// <summary>Reads the body of an answer up to a size and at a least speed.</summary>
internal static class BoundedBody
{
    /// <summary>The whole body.</summary>
    /// <exception cref="OutboundException"><c>response_too_large</c> or <c>response_too_slow</c>.</exception>
    public static async Task<ReadOnlyMemory<byte>> Read(HttpContent content, TimeProvider clock, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > Limits.OutboundResponseBytes)
        {
            throw TooLarge();
        }

        var started = clock.GetTimestamp();
        await using var stream = await content.ReadAsStreamAsync(cancel);
        var (bytes, length) = (new byte[4096], 0);
        while (true)
        {
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, Math.Min(bytes.Length * 2, Limits.OutboundResponseBytes + 1));
            }

            var read = await stream.ReadAsync(bytes.AsMemory(length), cancel);
            length += read;
            if (read == 0)
            {
                return bytes.AsMemory(0, length);
            }

            if (length > Limits.OutboundResponseBytes)
            {
                throw TooLarge();
            }

            var seconds = clock.GetElapsedTime(started).TotalSeconds;
            if (seconds > Limits.OutboundGraceSeconds && length / seconds < Limits.OutboundBytesPerSecond)
            {
                var message = $"The answer came slower than {Limits.OutboundBytesPerSecond} bytes a second.";
                throw new OutboundException("response_too_slow", message, retryable: true);
            }
        }
    }

    private static OutboundException TooLarge() =>
        new("response_too_large", $"The answer is larger than {Limits.OutboundResponseBytes} bytes.", retryable: false);
}
