using System.Security.Cryptography;

namespace Troupe.Api.Families.Ingest;

/// <summary>The body of an ingest request, whole, and its idempotency key.</summary>
/// <param name="Body">The bytes as they came.</param>
/// <param name="IdempotencyKey">Null when the caller sent none.</param>
/// <param name="Hash">SHA-256 of the body; empty without a key.</param>
internal sealed record IngestRequest(ReadOnlyMemory<byte> Body, string? IdempotencyKey, ReadOnlyMemory<byte> Hash)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>What is set aside on a caller's word alone.</summary>
    private const int FirstRoom = 128 * 1024;

    private static readonly Failure TooLarge = ErrorCodes.Of(StatusCodes.Status413PayloadTooLarge);

    /// <summary>Reads a request into pooled memory, at most <see cref="Limits.BodyBytes"/>.</summary>
    public static async ValueTask<Outcome<IngestRequest>> Read(HttpContext context, Utf8Buffer body)
    {
        var request = context.Request;
        var headers = request.Headers[KeyHeader];
        var key = headers.Count == 0 ? null : headers.ToString();
        if (key is not null && !IsKey(key))
        {
            return Failure.Invalid("$." + KeyHeader, $"An Idempotency-Key has 1 to {Limits.IdempotencyKeyLength} printable ASCII characters.");
        }

        if (!BodyReading.IsJson(request))
        {
            return BodyReading.NotJson;
        }

        if (request.ContentLength > Limits.BodyBytes || !await ReadAll(request, body, context.RequestAborted))
        {
            return TooLarge;
        }

        return new IngestRequest(body.Written, key, key is null ? default : SHA256.HashData(body.Written.Span));
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

    private static bool IsKey(string key) => key.Length is > 0 and <= Limits.IdempotencyKeyLength && !key.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
