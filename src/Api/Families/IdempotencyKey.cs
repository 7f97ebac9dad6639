namespace Troupe.Api.Families;

/// <summary>The <c>Idempotency-Key</c> header of a request. A key that cannot be one is a value too, so that the handler answers it like any other
/// refusal.</summary>
/// <param name="Key">The key; null when the caller sent none.</param>
/// <param name="Refusal">Why it is none; null when it is fine.</param>
public sealed record IdempotencyKey(string? Key, Failure? Refusal)
{
    private const string Header = "Idempotency-Key";

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<IdempotencyKey?> BindAsync(HttpContext context) => ValueTask.FromResult<IdempotencyKey?>(Of(context.Request));

    /// <summary>The key of a request.</summary>
    public static IdempotencyKey Of(HttpRequest request)
    {
        var headers = request.Headers[Header];
        if (headers.Count == 0)
        {
            return None;
        }

        return Of(headers.ToString(), "$." + Header);
    }

    /// <summary>A text as a key.</summary>
    /// <param name="key">The text.</param>
    /// <param name="field">Where it stands, for the refusal.</param>
    public static IdempotencyKey Of(string key, string field) =>
        key.Length is > 0 and <= Limits.IdempotencyKeyLength && !key.AsSpan().ContainsAnyExceptInRange(' ', '~') ? new(key, null)
            : new(null, Failure.Invalid(field, $"An idempotency key has 1 to {Limits.IdempotencyKeyLength} printable ASCII characters."));

    private static IdempotencyKey None { get; } = new(null, null);
}
