using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit.Abstractions;

namespace Troupe.House;

/// <summary>Short files, short methods, lines that fit: what a reader holds in the head at once.</summary>
public sealed class SizeTests(ITestOutputHelper output)
{
    private const int AreaFileLines = 200;
    private const int EngineFileLines = 400;
    private const int AreaMedianLines = 80;
    private const int MethodLines = 40;
    private const int LineLength = 160;

    /// <summary>The product's nouns and routes. A folder inside an area is an engine of its own (the spinner language, say).</summary>
    private static IEnumerable<Source> AreaFiles =>
        Source.Product.Where(s => s.Path.Split('/') is ["src", "Grains", not "Kernel", _] or ["src", "Grains", _] or ["src", "Api", ..]);

    [Fact]
    public void Area_files_stay_under_200_lines() => Finding.None(Longer(AreaFiles, AreaFileLines), $"area file of {AreaFileLines} lines or more");

    [Fact]
    public void Engine_files_stay_under_400_lines() => Finding.None(Longer(Source.All, EngineFileLines), $"file of {EngineFileLines} lines or more");

    [Fact]
    public void The_median_area_file_is_short()
    {
        var sizes = AreaFiles.Select(s => s.Lines.Length).Order().ToList();
        var median = sizes[sizes.Count / 2];
        output.WriteLine($"{sizes.Count} area files, median {median} lines, longest {sizes[^1]}");
        Assert.True(median < AreaMedianLines, $"The median area file has {median} lines; the house aims at 50 and allows {AreaMedianLines}.");
    }

    [Fact]
    public void Methods_stay_under_40_lines()
    {
        var findings =
            from source in Source.Product
            from node in source.Root.DescendantNodes()
            where Code(node) is not null
            let lines = Height(node)
            where lines >= MethodLines
            select source.At(Code(node)!.Value, $"{Code(node)!.Value.ToString().Trim()} has {lines} lines");
        Finding.None(findings, $"method of {MethodLines} lines or more");
    }

    [Fact]
    public void Lines_fit_in_160_characters()
    {
        var findings =
            from source in Source.All
            from line in source.Lines.Index()
            where line.Item.Length > LineLength && !IsTestData(source, line.Index)
            select new Finding(source.Path, line.Index + 1, $"{line.Item.Length} characters");
        Finding.None(findings, $"line of more than {LineLength} characters");
    }

    /// <summary>A test may hold a long JSON text on one line, as it goes over the wire.</summary>
    private static bool IsTestData(Source source, int line) =>
        !source.Path.StartsWith("src/", StringComparison.Ordinal) && source.Root.DescendantTokens().Any(token =>
            token.GetLocation().GetLineSpan() is var span && span.StartLinePosition.Line <= line && line <= span.EndLinePosition.Line
                && token.Text.Length > 100 && token.Kind().ToString().Contains("String", StringComparison.Ordinal));

    private static IEnumerable<Finding> Longer(IEnumerable<Source> sources, int bound) =>
        sources.Where(s => s.Lines.Length >= bound).Select(s => new Finding(s.Path, 1, $"{s.Lines.Length} lines"));

    /// <summary>The name under which a piece of code is reported; null for nodes that are none.</summary>
    private static SyntaxToken? Code(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier,
        ConstructorDeclarationSyntax constructor => constructor.Identifier,
        LocalFunctionStatementSyntax local => local.Identifier,
        AccessorDeclarationSyntax accessor => accessor.Keyword,
        OperatorDeclarationSyntax op => op.OperatorToken,
        _ => null,
    };

    /// <summary>Lines from the signature to the closing brace; comments and attributes above do not count.</summary>
    private static int Height(SyntaxNode node)
    {
        var end = node.GetLocation().GetLineSpan().EndLinePosition.Line;
        var first = node is MemberDeclarationSyntax { AttributeLists: [.., var last] } ? last.GetLastToken().GetNextToken() : node.GetFirstToken();
        return end - first.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
    }
}
