using System.Security.Cryptography;
using System.Text;

namespace Troupe.Api.Auth;

/// <summary>The secret of the operator's routes. Kept as a hash, so that comparing takes the same time whatever was presented.</summary>
public sealed class AdminToken(string token)
{
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether this is the token.</summary>
    public bool Is(ReadOnlySpan<char> presented)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(presented.Length)];
        var hash = SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(presented, bytes)));
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }
}
