using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Tables;

/// <summary>The secret of a table's ingest webhook: 75 characters of base64url over workspace (16 bytes), table (16) and a secret (24). It names its table,
/// so that whoever receives it finds the table's grain without a search; only its SHA-256 is kept.</summary>
public static class IngestToken
{
    private const int Bytes = 56;
    private const int SecretAt = 32;
    private static readonly string Workspaces = Identity.Workspace.Kind.Prefix + "_";

    /// <summary>A new token of a table.</summary>
    public static string New(GrainKey table)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Guid.ParseExact(table.Workspace.AsSpan(Workspaces.Length), "N").TryWriteBytes(bytes, bigEndian: true, out _);
        Guid.ParseExact(table.Id, "D").TryWriteBytes(bytes[16..], bigEndian: true, out _);
        RandomNumberGenerator.Fill(bytes[SecretAt..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The table a token names; false when it is no token. Says nothing about whether the table knows it.</summary>
    public static bool TryTable(ReadOnlySpan<char> token, out GrainKey table)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        table = default;
        if (token.Length != Base64Url.GetEncodedLength(Bytes) || !Base64Url.IsValid(token) || Base64Url.DecodeFromChars(token, bytes) != Bytes)
        {
            return false;
        }

        table = new($"{Workspaces}{new Guid(bytes[..16], bigEndian: true):N}", new Guid(bytes[16..SecretAt], bigEndian: true).ToString("D"));
        return true;
    }

    /// <summary>SHA-256 of a token, hexadecimal. A fast hash is enough: the secret is random, so it cannot be guessed from it.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    /// <summary>Whether two hashes are the same, in a time that does not depend on where they differ.</summary>
    public static bool Same(string hash, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(other));
}
