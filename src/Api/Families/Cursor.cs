using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Api.Families;

/// <summary>Cursors as clients see them: opaque, and good only for the list and the filters they came from.</summary>
internal static class Cursor
{
    private const int HashBytes = 4;

    /// <summary>The cursor for the page after an item.</summary>
    public static string Write(HttpRequest request, string after) => Base64Url.EncodeToString([.. Fingerprint(request), .. Encoding.UTF8.GetBytes(after)]);

    /// <summary>The item a cursor stands for; null when the cursor is not one of this list.</summary>
    public static string? Read(HttpRequest request, string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        return bytes.Length > HashBytes && bytes.AsSpan(0, HashBytes).SequenceEqual(Fingerprint(request)) ? Encoding.UTF8.GetString(bytes.AsSpan(HashBytes))
            : null;
    }

    private static byte[] Fingerprint(HttpRequest request)
    {
        var filters = request.Query.Where(pair => pair.Key is not ("limit" or "cursor")).OrderBy(pair => pair.Key, StringComparer.Ordinal);
        var text = request.Path + "?" + string.Join('&', filters.Select(pair => $"{pair.Key}={pair.Value}"));
        return SHA256.HashData(Encoding.UTF8.GetBytes(text))[..HashBytes];
    }
}
