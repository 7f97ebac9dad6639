using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Identity;

/// <summary>The written form of an API key: <c>trp_&lt;12 characters of prefix&gt;_&lt;40 characters of secret&gt;</c>, base 62. The prefix names the key, the
/// secret proves it;
/// only the prefix and the SHA-256 of the whole text are kept.</summary>
public static class ApiKeyText
{
    private const string Mark = "trp_";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int PrefixLength = 12;
    private const int SecretLength = 40;
    private const int TimeLength = 7; // milliseconds in base 62, enough until 2081
    private const int Length = 4 + PrefixLength + 1 + SecretLength;
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    /// <summary>A new key: about 238 bits of secret. Its name begins with the time, so that keys sort by creation.</summary>
    public static string New(DateTimeOffset now)
    {
        Span<char> time = stackalloc char[TimeLength];
        var rest = now.ToUnixTimeMilliseconds();
        for (var i = TimeLength - 1; i >= 0; i--)
        {
            (rest, var digit) = Math.DivRem(rest, Alphabet.Length);
            time[i] = Alphabet[(int)digit];
        }

        var name = $"{time}{RandomNumberGenerator.GetString(Alphabet, PrefixLength - TimeLength)}";
        return $"{Mark}{name}_{RandomNumberGenerator.GetString(Alphabet, SecretLength)}";
    }

    /// <summary>Whether a text has the form of a key; says nothing about whether there is such a key.</summary>
    public static bool IsKey(ReadOnlySpan<char> text) =>
        text.Length == Length && text.StartsWith(Mark, StringComparison.Ordinal) && text[Mark.Length + PrefixLength] == '_'
        && !Name(text).ContainsAnyExcept(Letters) && !text[^SecretLength..].ContainsAnyExcept(Letters);

    /// <summary>The part of a key that names it, without the mark. Requires <see cref="IsKey"/>.</summary>
    public static ReadOnlySpan<char> Name(ReadOnlySpan<char> key) => key.Slice(Mark.Length, PrefixLength);

    /// <summary>The id of the key with a name.</summary>
    public static string Id(ReadOnlySpan<char> name) => $"{ApiKey.Kind.Prefix}_{name}";

    /// <summary>The visible part of a key: <c>trp_&lt;name&gt;</c>.</summary>
    public static string Prefix(ReadOnlySpan<char> key) => key[..(Mark.Length + PrefixLength)].ToString();

    /// <summary>SHA-256 of the whole key. A fast hash is enough: the secret is random, so it cannot be guessed from it.</summary>
    public static void Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        Span<byte> ascii = stackalloc byte[Length];
        SHA256.HashData(ascii[..Encoding.ASCII.GetBytes(key, ascii)], hash);
    }
}
