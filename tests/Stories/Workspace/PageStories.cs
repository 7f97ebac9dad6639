using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Troupe.Identity;

namespace Troupe.Tests.Workspaces;

/// <summary>What the pages under docs/reference/workspace show is what happens: every request in a block marked <c>http</c> is sent, in the order of the page
/// and in one workspace, and the block marked <c>json</c> behind it is held against the answer. A block begins with the request line (and headers), or with
/// the status.</summary>
public sealed partial class PageStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string Pages = Path.Combine(Repository.Root, "docs", "reference", "workspace");

    public static TheoryData<string> Shown =>
        [.. Directory.GetFiles(Pages, "*.md").Where(page => Example().IsMatch(File.ReadAllText(page))).Select(page => Path.GetFileName(page))];

    [Theory]
    [MemberData(nameof(Shown))]
    public async Task Every_request_shown_is_answered_as_shown(string page)
    {
        var samples = new Samples();
        var workspace = await shared.Server.MakeWorkspace();
        samples.Stand("wrk_123", workspace);
        using var http = await shared.Server.ClientWith([.. Scopes.All], workspace);
        foreach (Match example in Example().Matches(await File.ReadAllTextAsync(Path.Combine(Pages, page))))
        {
            var (status, answer) = await Send(http, samples.Real(example.Groups["request"].Value));
            var shown = example.Groups["body"].Value;
            Assert.True(status == int.Parse(example.Groups["status"].Value), $"{example.Groups["request"].Value}: {status} {answer.ToJsonString()}");
            var complaint = samples.Differs(JsonNode.Parse(shown), answer);
            Assert.True(complaint is null, $"{example.Groups["request"].Value}: {complaint}\n{answer.ToJsonString()}");
        }
    }

    private static async Task<(int Status, JsonNode Answer)> Send(HttpClient http, string text)
    {
        var lines = text.Split('\n');
        var headers = lines.Skip(1).TakeWhile(line => HeaderLine().IsMatch(line)).ToList();
        var body = string.Join('\n', lines.Skip(1 + headers.Count)).Trim();
        using var request = new HttpRequestMessage(new(lines[0].Split(' ')[0]), lines[0].Split(' ')[1].Trim());
        request.Content = body.Length == 0 ? null : new StringContent(body, null, "application/json");
        foreach (var header in headers)
        {
            request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1].Trim());
        }

        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    [GeneratedRegex(
        @"```http\n(?<request>.*?)\n```\s+```json\n(?<status>\d{3})\n(?<body>.*?)\n```", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Example();

    [GeneratedRegex("^[A-Z][A-Za-z-]+: ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HeaderLine();
}
