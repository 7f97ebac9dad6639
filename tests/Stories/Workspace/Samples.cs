using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Troupe.Tests.Workspaces;

/// <summary>Answers held against samples of them. An id in a sample (<c>con_123</c>) stands for the one that was answered in its place first.</summary>
internal sealed partial class Samples
{
    private readonly Dictionary<string, string> _ids = [];

    /// <summary>Says what a sample's id stands for.</summary>
    public void Stand(string sample, string real) => _ids[sample] = real;

    /// <summary>Text with the ids of this run in place of the samples'.</summary>
    public string Real(string text) => InText().Replace(text, match => _ids.GetValueOrDefault(match.Value, match.Value));

    /// <summary>What an answer lacks of what a sample shows; null when it has all of it. More members are no fault.</summary>
    public string? Differs(JsonNode? sample, JsonNode? answer, string path = "$") => (sample, answer) switch
    {
        (null, null) => null,
        (JsonObject shown, JsonObject given) => shown
            .Select(member => given.ContainsKey(member.Key) ? Differs(member.Value, given[member.Key], $"{path}.{member.Key}") : $"{path} has no {member.Key}")
            .FirstOrDefault(complaint => complaint is not null),
        (JsonArray shown, JsonArray given) => shown
            .Select(item => given.Select(candidate => Differs(item, candidate, path + "[]")).DefaultIfEmpty($"{path} is empty")
                .MinBy(complaint => complaint?.Length ?? 0))
            .FirstOrDefault(complaint => complaint is not null),
        (JsonValue shown, JsonValue given) => SameValue(shown, given) ? null : $"{path} is {given.ToJsonString()}, not {shown.ToJsonString()}",
        _ => $"{path} is {answer?.ToJsonString() ?? "null"}, not {sample?.ToJsonString() ?? "null"}",
    };

    /// <summary>An id is another one each time, but of its kind, and the same wherever the sample's is the same; a time is another one.</summary>
    private bool SameValue(JsonValue shown, JsonValue given)
    {
        if (shown.GetValueKind() != JsonValueKind.String || given.GetValueKind() != JsonValueKind.String)
        {
            return JsonNode.DeepEquals(shown, given);
        }

        var (sample, real) = (shown.GetValue<string>(), given.GetValue<string>());
        if (Moment().IsMatch(sample))
        {
            return Moment().IsMatch(real);
        }

        if (!Whole().IsMatch(sample))
        {
            return sample == Real(real) || Real(sample) == real;
        }

        var known = sample.StartsWith("req_", StringComparison.Ordinal) || _ids.TryAdd(sample, real) || _ids[sample] == real;
        return known && real.StartsWith(sample[..(sample.LastIndexOf('_') + 1)], StringComparison.Ordinal);
    }

    [GeneratedRegex("^[a-z]+_[0-9]{3}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();

    [GeneratedRegex("(?<=[\"/=])[a-z]+_[0-9]{3}(?=[\"/?&\n]|$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InText();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Moment();
}
