using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Troupe.Tests;

namespace Troupe.House;

/// <summary>Every metric has its line in the guide, and the guide names none that is not there.</summary>
public sealed partial class MetricPageTests
{
    private const string Page = "docs/guides/operate.md";

    [Fact]
    public void Every_metric_of_ours_is_explained()
    {
        var explained = Explained();
        var findings =
            from source in Source.Product
            from text in source.Nodes<LiteralExpressionSyntax>()
            where text.IsKind(SyntaxKind.StringLiteralExpression) && Instrument().IsMatch(text.Token.ValueText)
            let name = text.Token.ValueText.Replace('.', '_')
            where !explained.Any(one => Suffix().Replace(one, "") == name)
            select source.At(text, name);
        Finding.None(findings, $"metric without a line in {Page}");
    }

    [Fact]
    public async Task The_guide_names_metrics_as_they_are_scraped()
    {
        await using var server = await TestServer.Start();
        await server.MakeWorkspace();
        var page = await server.Client().GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var scraped = page.Split('\n').Where(line => line.StartsWith("# TYPE troupe_", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.True(scraped.Count > 15, page);
        Assert.Empty(scraped.Except(Explained()));

        var inSource = Source.Product.SelectMany(source => source.Nodes<LiteralExpressionSyntax>())
            .Select(text => text.Token.ValueText.Replace('.', '_')).ToHashSet();
        Assert.All(Explained(), name => Assert.True(scraped.Contains(name) || inSource.Contains(Suffix().Replace(name, "")), name));
    }

    /// <summary>The names in the first column of the guide's table.</summary>
    private static List<string> Explained() => [.. Row().Matches(Tree.Text(Page)).Select(match => match.Groups["name"].Value)];

    [GeneratedRegex(@"^\| `(?<name>troupe_\w+)` \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"^troupe(\.[a-z]+){2,}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Instrument();

    [GeneratedRegex("(_seconds)?(_total)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();
}
