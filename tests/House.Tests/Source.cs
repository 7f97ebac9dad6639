using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Troupe.House;

/// <summary>A C# file, parsed by the compiler's own parser, so that the checks never guess at braces and comments.</summary>
internal sealed class Source
{
    private Source(string path)
    {
        Path = path;
        var text = Tree.Text(path);
        Lines = text.TrimEnd('\n').Split('\n');
        Root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.Parse)).GetRoot();
    }

    /// <summary>Every C# file of the repository.</summary>
    public static IReadOnlyList<Source> All { get; } = [.. Tree.Under("", ".cs").Select(f => new Source(f))];

    /// <summary>The product's own.</summary>
    public static IEnumerable<Source> Product => Under("src");

    public string Path { get; }

    public string[] Lines { get; }

    public SyntaxNode Root { get; }

    /// <summary>The area folder of a file in src/Grains; empty for other files.</summary>
    public string Area => Path.Split('/') is ["src", "Grains", var area, _, ..] ? area : "";

    public static IEnumerable<Source> Under(string folder) => All.Where(s => s.Path.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>The nodes of one type.</summary>
    public IEnumerable<T> Nodes<T>() where T : SyntaxNode => Root.DescendantNodes().OfType<T>();

    /// <summary>First line of a node or token, from 1, its comments and attributes left out.</summary>
    public static int Line(SyntaxNodeOrToken at) => at.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1;

    /// <summary>A finding at a node or token of this file.</summary>
    public Finding At(SyntaxNodeOrToken place, string what) => new(Path, Line(place), what);
}
