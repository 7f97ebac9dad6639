namespace Troupe.Api;

/// <summary>The public base address of the API, for addresses that are handed out.</summary>
/// <param name="Url">Without a slash at the end; null when the operator did not say one.</param>
public sealed record PublicAddress(string? Url)
{
    /// <summary>The address; when none was said, the one by which this request came.</summary>
    public string Of(HttpRequest request) => Url ?? $"{request.Scheme}://{request.Host}";
}
