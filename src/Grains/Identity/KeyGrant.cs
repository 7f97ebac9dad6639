namespace Troupe.Identity;

/// <summary>Leave to let a key's holder in for at most <see cref="Limits.GrantAge"/>, without asking the key's grain again.</summary>
/// <param name="Workspace">The workspace the key opens.</param>
/// <param name="KeyId">The key.</param>
/// <param name="Prefix">Its visible part.</param>
/// <param name="Hash">SHA-256 of the whole key, hexadecimal; what the caller presents is compared with it.</param>
/// <param name="Scopes">What the key may do.</param>
/// <param name="Modules">What the workspace has switched on.</param>
/// <param name="Rate">The share of the rate limit given out with this grant; null when there is no limit.</param>
public sealed record KeyGrant(string Workspace, string KeyId, string Prefix, string Hash, IReadOnlyList<string> Scopes, IReadOnlyList<string> Modules,
    RateShare? Rate);
