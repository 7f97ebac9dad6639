using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Troupe.House;

/// <summary>What is public says what it is: units, limits, errors. A member that fills in a documented interface or overrides one need not repeat it.</summary>
public sealed class DocTests
{
    /// <summary>Members whose meaning .NET gives.</summary>
    private static readonly string[] WellKnown =
        ["Dispose", "DisposeAsync", "StartAsync", "StopAsync", "GetEnumerator", "GetAsyncEnumerator", "CompareTo", "Equals", "BindAsync", "PopulateMetadata"];

    /// <summary>Members of every interface of the product, by the interface's name.</summary>
    private static readonly ILookup<string, string> Promised = Source.Product
        .SelectMany(s => s.Nodes<InterfaceDeclarationSyntax>())
        .SelectMany(i => i.Members.Select(m => (Interface: i.Identifier.Text, Member: Name(m)?.Text ?? "")))
        .ToLookup(p => p.Interface, p => p.Member);

    /// <summary>Direct parents of every type, by the type's name.</summary>
    private static readonly ILookup<string, string> Above = Source.Product
        .SelectMany(s => s.Nodes<TypeDeclarationSyntax>())
        .SelectMany(t => Parents(t).Select(p => (Type: t.Identifier.Text, Parent: p)))
        .ToLookup(p => p.Type, p => p.Parent);

    [Fact]
    public void Public_types_say_what_they_are()
    {
        var findings =
            from source in Source.Product
            from type in source.Nodes<MemberDeclarationSyntax>()
            where type is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax && IsPublic(type) && !IsDocumented(type)
            select source.At(Name(type)!.Value, Name(type)!.Value.Text);
        Finding.None(findings, "public type without a doc comment");
    }

    [Fact]
    public void Public_members_say_what_they_are()
    {
        var findings =
            from source in Source.Product
            from member in source.Nodes<MemberDeclarationSyntax>()
            where member is not (BaseTypeDeclarationSyntax or DelegateDeclarationSyntax) && IsPublic(member) && !IsDocumented(member)
            let name = Name(member)
            where name is not null && !IsPromised(member, name.Value.Text)
            select source.At(name.Value, name.Value.Text);
        Finding.None(findings, "public member without a doc comment");
    }

    [Fact]
    public void Doc_comments_are_not_empty()
    {
        var findings =
            from source in Source.Product
            from summary in source.Root.DescendantNodes(descendIntoTrivia: true).OfType<XmlElementSyntax>()
            where summary.StartTag.Name.ToString() == "summary" && summary.Content.ToString().Trim(' ', '/', '\n').Length < 4
            select source.At(summary, summary.ToString());
        Finding.None(findings, "doc comment that says nothing");
    }

    private static bool IsPublic(MemberDeclarationSyntax member) =>
        (member.Modifiers.Any(SyntaxKind.PublicKeyword)
            || member is EnumMemberDeclarationSyntax
            || (member.Parent is InterfaceDeclarationSyntax && !member.Modifiers.Any(SyntaxKind.PrivateKeyword)))
        && !member.Modifiers.Any(SyntaxKind.OverrideKeyword)
        && (member.Parent is not MemberDeclarationSyntax outer || outer is BaseNamespaceDeclarationSyntax || IsPublic(outer));

    private static bool IsDocumented(MemberDeclarationSyntax member) =>
        member.GetLeadingTrivia().Any(t => t.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia));

    /// <summary>A member that an interface of the type, or of a type above it, documents.</summary>
    private static bool IsPromised(MemberDeclarationSyntax member, string name) =>
        WellKnown.Contains(name)
        || (member.Parent is TypeDeclarationSyntax type && Ancestors(type.Identifier.Text).Any(a => Promised[a].Contains(name)));

    private static HashSet<string> Ancestors(string type)
    {
        var seen = new HashSet<string>();
        var next = new Queue<string>(Above[type]);
        while (next.TryDequeue(out var one))
        {
            if (seen.Add(one))
            {
                foreach (var parent in Above[one])
                {
                    next.Enqueue(parent);
                }
            }
        }

        return seen;
    }

    private static IEnumerable<string> Parents(TypeDeclarationSyntax type) =>
        type.BaseList?.Types.Select(t => t.Type.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().First().Identifier.Text) ?? [];

    /// <summary>The name of a member that needs a comment; null for operators, which are named by what they convert.</summary>
    private static SyntaxToken? Name(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier,
        DelegateDeclarationSyntax type => type.Identifier,
        MethodDeclarationSyntax method => method.Identifier,
        PropertyDeclarationSyntax property => property.Identifier,
        ConstructorDeclarationSyntax constructor => constructor.Identifier,
        EventDeclarationSyntax ev => ev.Identifier,
        BaseFieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier,
        EnumMemberDeclarationSyntax value => value.Identifier,
        _ => null,
    };
}
