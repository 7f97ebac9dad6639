using System.Text.RegularExpressions;

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
