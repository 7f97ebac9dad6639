namespace Troupe.Api.Auth;

/// <summary>Reading the Authorization header.</summary>
internal static class Bearer
{
    private const string Scheme = "Bearer ";

    /// <summary>The token of a request; empty when there is none or the scheme is another.</summary>
    public static ReadOnlySpan<char> Of(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } text && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text.AsSpan(Scheme.Length).Trim(' ')
            : default;
    }
}
