using System.Security.Cryptography;
using System.Text;

namespace Troupe.Runtime;

/// <summary>The secret that all nodes of a cluster share. It never goes over a connection; each side proves that it knows it.</summary>
public sealed class SharedSecret(string secret)
{
    /// <summary>Bytes of a proof.</summary>
    internal const int ProofBytes = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key = Encoding.UTF8.GetBytes(secret);

    /// <summary>The proof of one side over what was said. The role keeps a proof from being sent back as the other side's.</summary>
    internal byte[] Prove(string role, params ReadOnlySpan<byte[]> said)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(Encoding.UTF8.GetBytes(role));
        foreach (var part in said)
        {
            mac.AppendData(BitConverter.GetBytes(part.Length));
            mac.AppendData(part);
        }

        return mac.GetHashAndReset();
    }

    /// <summary>Compares in constant time.</summary>
    internal bool Proves(ReadOnlySpan<byte> proof, string role, params ReadOnlySpan<byte[]> said) =>
        CryptographicOperations.FixedTimeEquals(proof, Prove(role, said));

    /// <inheritdoc/>
    public override string ToString() => "****";
}
