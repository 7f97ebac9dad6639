using Microsoft.AspNetCore.Http;

namespace Troupe.Api.OpenApi;

/// <summary>Names an operation after its route: <c>GET /data-tables</c> is <c>listDataTables</c>, <c>POST /jobs/{id}/cancel</c> is <c>cancelJob</c>.
/// A route whose contract has another name says it (<see cref="RouteShapes.Named"/>).</summary>
internal static class OperationNames
{
    private static readonly string[] Verbs =
        ["cancel", "complete", "convert", "drain", "ingest", "pause", "publish", "resume", "run", "search", "test", "trigger", "validate", "import", "append"];

    /// <summary>The name of a route.</summary>
    /// <param name="method">Its HTTP method.</param>
    /// <param name="path">Its path below the family's prefix.</param>
    /// <param name="isList">Whether it answers pages.</param>
    public static string Of(string method, string path, bool isList)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var words = segments.Select((segment, i) => (Segment: segment, Named: i + 1 < segments.Length && IsParameter(segments[i + 1])))
            .Where(part => !IsParameter(part.Segment)).ToList();
        if (words.Count > 0 && method == HttpMethods.Post && Verbs.Contains(words[^1].Segment))
        {
            var verb = words[^1].Segment;
            return verb + string.Concat(words[..^1].Select(part => Noun(part.Segment, part.Named)));
        }

        var start = method switch
        {
            "GET" => isList ? "list" : "get",
            "POST" => "create",
            "PUT" => "set",
            "PATCH" => "update",
            _ => "delete",
        };
        return start + string.Concat(words.Select((part, i) =>
            Noun(part.Segment, part.Named || (i == words.Count - 1 && method == HttpMethods.Post))));
    }

    private static bool IsParameter(string segment) => segment.StartsWith('{');

    /// <summary>A segment in capitals, in the singular when one of the many is meant.</summary>
    private static string Noun(string segment, bool one)
    {
        var pascal = string.Concat(segment.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        return !one || !pascal.EndsWith('s') || pascal.EndsWith("ss", StringComparison.Ordinal) ? pascal
            : pascal.EndsWith("ies", StringComparison.Ordinal) ? pascal[..^3] + "y"
            : pascal[..^1];
    }
}
