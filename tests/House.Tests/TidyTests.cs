using System.Text.RegularExpressions;

namespace Troupe.House;

/// <summary>Nothing unfinished, nothing that only one machine understands, nothing that shows up as noise in a diff.</summary>
public sealed partial class TidyTests
{
    private static readonly string[] TextEndings =
    [
        ".cs", ".md", ".csproj", ".props", ".json", ".sh", ".mjs", ".yml", ".yaml", ".txt", ".http",
        ".editorconfig", ".gitignore", "Makefile", ".ci/run", "Dockerfile",
    ];

    private static IEnumerable<(string Path, int Line, string Text)> Lines =>
        from path in Tree.Under("", TextEndings)
        from line in Tree.Text(path).Split('\n').Index()
        select (path, line.Index + 1, line.Item);

    [Fact]
    public void Nothing_is_left_for_later() => Check(l => Later().Match(l.Text), "note of unfinished work");

    [Fact]
    public void No_path_of_one_machine() => Check(l => MachinePath().Match(l.Text), "path that exists on one machine only");

    [Fact]
    public void Spaces_not_tabs() => Check(l => l.Path == "Makefile" ? Match.Empty : Tab().Match(l.Text), "tab");

    [Fact]
    public void Lines_end_where_their_text_ends() => Check(l => Trailing().Match(l.Text), "blank at the end of a line, or a carriage return");

    [Fact]
    public void Files_end_with_one_newline()
    {
        var findings = Tree.Under("", TextEndings)
            .Where(p => Tree.Text(p) is { Length: > 0 } text && (!text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal)))
            .Select(p => new Finding(p, Tree.Text(p).Split('\n').Length, "end of file"));
        Finding.None(findings, "file without exactly one newline at its end");
    }

    [Fact]
    public void Samples_stay_small()
    {
        var findings = Tree.Under("samples")
            .Where(p => new FileInfo(Path.Combine(Tree.Root, p)).Length > 1_500_000)
            .Select(p => new Finding(p, 1, "over 1.5 MB"));
        Finding.None(findings, "sample too large for a repository");
    }

    private static void Check(Func<(string Path, int Line, string Text), Match> broken, string rule) =>
        Finding.None(from line in Lines let match = broken(line) where match.Success select new Finding(line.Path, line.Line, $"'{match.Value}'"), rule);

    // The letters are apart so that this file does not find itself.
    [GeneratedRegex(@"\b(T[O]DO|F[I]XME|H[A]CK|X[X]X)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Later();

    [GeneratedRegex(@"(?<![\w.~}])/(h[o]me|r[o]ot|U[s]ers|w[o]rk)/\w|\b[A-Z]:\\\w", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\t", RegexOptions.None, 1000)]
    private static partial Regex Tab();

    [GeneratedRegex(@"[ \t\r]+$", RegexOptions.None, 1000)]
    private static partial Regex Trailing();
}
