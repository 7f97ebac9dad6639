using System.Buffers;
using System.Globalization;

namespace Troupe.Jobs;

/// <summary>The id of a record: <c>rec_&lt;job's hex digits&gt;_&lt;row's sequence number&gt;</c>. Derived, so that no id need be stored or looked
/// up.</summary>
public static class RecordId
{
    private const string Prefix = "rec_";
    private const int HexDigits = 32;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The id of a job's record.</summary>
    public static string Of(string jobId, long seq) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{jobId.AsSpan(4)}_{seq}");

    /// <summary>Reads an id; false for a text that is none. Only the one spelling <see cref="Of"/> writes is read.</summary>
    public static bool TryParse(string id, out string jobId, out long seq)
    {
        (jobId, seq) = ("", 0);
        const int dash = HexDigits + 4;
        if (id.Length <= dash + 1 || !id.StartsWith(Prefix, StringComparison.Ordinal) || id[dash] != '_'
            || id.AsSpan(4, HexDigits).ContainsAnyExcept(Hex)
            || id[dash + 1] is < '1' or > '9'
            || !long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out seq))
        {
            return false;
        }

        jobId = $"job_{id.AsSpan(4, HexDigits)}";
        return true;
    }
}
