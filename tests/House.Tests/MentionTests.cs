using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Troupe.House;

/// <summary>Documents that name a file name one that exists.</summary>
public sealed partial class MentionTests
{
    [Fact]
    public void Files_named_in_documents_exist()
    {
        var findings =
            from page in Tree.Under("", ".md")
            from line in Tree.Text(page).Split('\n').Index()
            from Match mention in Quoted().Matches(line.Item)
            let path = mention.Groups["path"].Value.TrimEnd('/')
            where LooksLikeOurs(path) && !Exists(path)
            select new Finding(page, line.Index + 1, path);
        Finding.None(findings, "mention of a file that does not exist");
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var findings =
            from page in Tree.Under("", ".md")
            from line in Tree.Text(page).Split('\n').Index()
            from Match link in Link().Matches(line.Item)
            let target = link.Groups["path"].Value
            where !target.Contains("://", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(Tree.Root, Path.GetDirectoryName(page) ?? "", target))
            select new Finding(page, line.Index + 1, target);
        Finding.None(findings, "link that leads nowhere");
    }

    [Fact]
    public void Pages_that_code_refers_to_exist()
    {
        var findings =
            from source in Source.All
            from line in source.Lines.Index()
            from Match page in Page().Matches(line.Item)
            where !Path.Exists(Path.Combine(Tree.Root, page.Value))
            select new Finding(source.Path, line.Index + 1, page.Value);
        Finding.None(findings, "reference to a page that does not exist");
    }

    [Fact]
    public void Every_error_code_is_explained()
    {
        var page = Tree.Text("docs/reference/errors.md");
        var findings =
            from source in Source.Product
            from arguments in source.Nodes<ArgumentListSyntax>()
            let code = CodeOf(arguments)
            where code is not null && !page.Contains($"`{code.Token.ValueText}`", StringComparison.Ordinal)
            select source.At(code, code.Token.ValueText);
        Finding.None(findings, "error code without a line in docs/reference/errors.md");
    }

    /// <summary>The code in <c>new Failure(Refusal.Kind, "code", ...)</c> and <c>Failure.Conflict("code", ...)</c>.</summary>
    private static LiteralExpressionSyntax? CodeOf(ArgumentListSyntax list)
    {
        var arguments = list.Arguments;
        var at = arguments.Count > 1 && arguments[0].ToString().Contains("Refusal.", StringComparison.Ordinal) ? 1
            : list.Parent is InvocationExpressionSyntax call && call.Expression.ToString() == "Failure.Conflict" ? 0 : -1;
        return at < 0 ? null : arguments[at].Expression as LiteralExpressionSyntax;
    }

    /// <summary>A path from one of our folders, or the bare name of a source file.</summary>
    private static bool LooksLikeOurs(string path) =>
        OurFolder().IsMatch(path) || (!path.Contains('/') && path.EndsWith(".cs", StringComparison.Ordinal));

    private static bool Exists(string path) =>
        Path.Exists(Path.Combine(Tree.Root, path)) || Tree.Files.Any(f => f.EndsWith("/" + path, StringComparison.Ordinal));

    [GeneratedRegex(@"`(?<path>[\w][\w./-]*)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^(src|tests|bench|docs|samples)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OurFolder();

    [GeneratedRegex(@"docs/[\w/-]+\.md", RegexOptions.None, 1000)]
    private static partial Regex Page();
}
