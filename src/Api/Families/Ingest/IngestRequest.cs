using System.Security.Cryptography;

namespace Troupe.Api.Families.Ingest;

/// <summary>The body of an ingest request, whole, and its idempotency key.</summary>
/// <param name="Body">The bytes as they came.</param>
/// <param name="IdempotencyKey">Null when the caller sent none.</param>
/// <param name="Hash">SHA-256 of the body; empty without a key.</param>
internal sealed record IngestRequest(ReadOnlyMemory<byte> Body, string? IdempotencyKey, ReadOnlyMemory<byte> Hash)
{
    /// <summary>What is set aside on a caller's word alone.</summary>
    private const int FirstRoom = 128 * 1024;

    private static readonly Failure TooLarge = ErrorCodes.Of(StatusCodes.Status413PayloadTooLarge);

    /// <summary>Reads a request into pooled memory, at most <see cref="Limits.BodyBytes"/>.</summary>
    public static async ValueTask<Outcome<IngestRequest>> Read(HttpContext context, Utf8Buffer body)
    {
        var request = context.Request;
        var key = Families.IdempotencyKey.Of(request);
        if (key.Refusal is { } refusal)
        {
            return refusal;
        }

        if (!BodyReading.IsJson(request))
        {
            return BodyReading.NotJson;
        }

        if (request.ContentLength > Limits.BodyBytes || !await ReadAll(request, body, context.RequestAborted))
        {
            return TooLarge;
        }

        return new IngestRequest(body.Written, key.Key, key.Key is null ? default : SHA256.HashData(body.Written.Span));
    }

    private static async ValueTask<bool> ReadAll(HttpRequest request, Utf8Buffer body, CancellationToken cancel)
    {
        body.Room((int)Math.Min(request.ContentLength ?? 0, FirstRoom));
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancel);
            if (body.Length + read.Buffer.Length > Limits.BodyBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return false;
            }

            foreach (var part in read.Buffer)
            {
                body.Write(part.Span);
            }

            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return true;
            }
        }
    }
}
