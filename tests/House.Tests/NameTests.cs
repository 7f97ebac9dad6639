using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Troupe.House;

/// <summary>Names say what a thing is; a suffix that fits everything says nothing.</summary>
public sealed class NameTests
{
    private static readonly string[] Banned = ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Base", "Impl", "Service", "Dto", "Info"];

    /// <summary>Names there are given by Microsoft Orleans, whose grain code must compile against them.</summary>
    private const string OrleansNames = "src/Runtime/Abstractions/";

    [Fact]
    public void Types_have_no_empty_suffix()
    {
        var findings =
            from source in Source.All
            from type in source.Root.DescendantNodes()
            let name = Name(type)
            where name is not null && !source.Path.StartsWith(OrleansNames, StringComparison.Ordinal)
                && Array.Exists(Banned, b => name.Value.Text.EndsWith(b, StringComparison.Ordinal))
            select source.At(name.Value, name.Value.Text);
        Finding.None(findings, $"type name that ends in one of {string.Join(' ', Banned)}");
    }

    [Fact]
    public void Namespaces_are_file_scoped()
    {
        var findings = Source.All.SelectMany(s => s.Nodes<NamespaceDeclarationSyntax>().Select(n => s.At(n, n.Name.ToString())));
        Finding.None(findings, "namespace in braces");
    }

    [Fact]
    public void Namespaces_follow_the_folders()
    {
        var findings =
            from source in Source.Product
            let folders = source.Path.Split('/')
            let expected = folders is ["src", "Grains", _] ? "Troupe" : $"Troupe.{(folders[1] == "Grains" ? folders[2] : folders[1])}"
            from space in source.Nodes<BaseNamespaceDeclarationSyntax>()
            let name = space.Name.ToString()
            where name != expected && !name.StartsWith(expected + ".", StringComparison.Ordinal)
            select source.At(space.Name, $"{name}, expected {expected}");
        Finding.None(findings, "namespace beside its folder");
    }

    [Fact]
    public void Grain_verbs_have_no_Async_suffix()
    {
        var findings =
            from source in Source.Under("src/Grains")
            from method in source.Nodes<MethodDeclarationSyntax>()
            where method.Identifier.Text.EndsWith("Async", StringComparison.Ordinal)
                && !method.Modifiers.Any(SyntaxKind.OverrideKeyword)
                && method.Identifier.Text != nameof(IAsyncDisposable.DisposeAsync)
            select source.At(method.Identifier, method.Identifier.Text);
        Finding.None(findings, "grain verb with the Async suffix");
    }

    private static SyntaxToken? Name(SyntaxNode node) => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier,
        DelegateDeclarationSyntax type => type.Identifier,
        _ => null,
    };
}
