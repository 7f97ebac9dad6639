namespace Troupe.Identity;

/// <summary>Leave to let a key's holder in for at most <see cref="Limits.GrantAge"/>, without asking the key's grain again.</summary>
/// <param name="Workspace">The workspace the key opens.</param>
/// <param name="KeyId">The key.</param>
/// <param name="Prefix">Its visible part.</param>
/// <param name="Hash">SHA-256 of the whole key, hexadecimal; what the caller presents is compared with it.</param>
/// <param name="Scopes">What the key may do.</param>
/// <param name="Modules">What the workspace has switched on.</param>
/// <param name="Rate">The share of the rate limit given out with this grant; null when there is no limit.</param>
public sealed record KeyGrant(string Workspace, string KeyId, string Prefix, string Hash, IReadOnlyList<string> Scopes, IReadOnlyList<string> Modules, RateShare? Rate);

/// <summary>A share of a key's rate limit.</summary>
/// <param name="Limit">Requests a second that the plan allows.</param>
/// <param name="Permits">Requests that may pass with this grant; 0 when the limit is used up.</param>
/// <param name="Remaining">What is left to give out after this share.</param>
/// <param name="RetryAfterMilliseconds">With no permits: when to ask again.</param>
public sealed record RateShare(long Limit, long Permits, long Remaining, long RetryAfterMilliseconds);
