using System.Security.Cryptography;
using Troupe.Identity;

namespace Troupe.Api.Auth;

/// <summary>A grant as a front end holds it: what the grain said, when it was asked, and the permits not yet used.</summary>
internal sealed class HeldGrant(KeyGrant grant, long askedAt, long carried)
{
    private readonly byte[] _hash = Convert.FromHexString(grant.Hash);
    private long _permits = (grant.Rate?.Permits ?? 0) + carried;

    /// <summary>What the grain said.</summary>
    public KeyGrant Grant { get; } = grant;

    /// <summary>Timestamp from before the grain was asked: the grant is as old as the question.</summary>
    public long AskedAt { get; } = askedAt;

    /// <summary>Who acts, for audit entries.</summary>
    public string Actor { get; } = $"key:{grant.Prefix}";

    /// <summary>Whether the grain had nothing to give: asking again is of no use before its time.</summary>
    public bool Dry => Grant.Rate is { Permits: 0 } && Volatile.Read(ref _permits) <= 0;

    /// <summary>Permits left; negative counts are none.</summary>
    public long Permits => Math.Max(0, Volatile.Read(ref _permits));

    /// <summary>Whether this is the key, in a time that does not depend on it.</summary>
    public bool Proves(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        ApiKeyText.Hash(key, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }

    /// <summary>Takes one permit; always true without a rate limit.</summary>
    public bool Take() => Grant.Rate is null || (Volatile.Read(ref _permits) > 0 && Interlocked.Decrement(ref _permits) >= 0);

    /// <summary>Takes all permits, to carry them over to the next grant.</summary>
    public long TakeAll() => Math.Max(0, Interlocked.Exchange(ref _permits, 0));
}
