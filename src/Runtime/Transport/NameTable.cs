using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Troupe.Runtime;

/// <summary>Names of grain types, interfaces and methods come with every call; here each becomes a string once. For one reader at a time.</summary>
internal sealed class NameTable
{
    /// <summary>Names kept; a peer that sends more gets new strings each time.</summary>
    private const int Most = 4_096;

    private readonly Dictionary<string, string> _names = new(Utf8Names.One);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<byte>> _byUtf8;

    internal NameTable() => _byUtf8 = _names.GetAlternateLookup<ReadOnlySpan<byte>>();

    internal string Get(ReadOnlySpan<byte> utf8)
    {
        if (_byUtf8.TryGetValue(utf8, out var name))
        {
            return name;
        }

        name = Encoding.UTF8.GetString(utf8);
        if (_names.Count < Most && Ascii.IsValid(utf8))
        {
            _names[name] = name;
        }

        return name;
    }

    /// <summary>Compares ASCII names with their bytes; other names are never kept.</summary>
    private sealed class Utf8Names : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
    {
        internal static readonly Utf8Names One = new();

        public bool Equals(string? x, string? y) => x == y;

        public bool Equals(ReadOnlySpan<byte> alternate, string other) => Ascii.Equals(alternate, other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public int GetHashCode([DisallowNull] string obj) => GetHashCode(Encoding.UTF8.GetBytes(obj));

        public string Create(ReadOnlySpan<byte> alternate) => Encoding.UTF8.GetString(alternate);
    }
}
