using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Troupe.House;

/// <summary>Silo -> Api -> Grains -> Runtime, and Silo -> Grains. Grains know nothing of HTTP or SQL.</summary>
public sealed partial class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Runtime"] = [],
        ["Grains"] = ["Runtime"],
        ["Api"] = ["Grains"],
        ["Silo"] = ["Api", "Grains"],
    };

    private static readonly string[] Sql = ["Microsoft.Data", "System.Data", "SQLitePCL", "Npgsql"];

    [Fact]
    public void Projects_refer_along_the_arrows_only()
    {
        var findings =
            from project in Tree.Under("src", ".csproj")
            let name = Path.GetFileNameWithoutExtension(project)
            from reference in Items(project, "ProjectReference")
            let target = Path.GetFileNameWithoutExtension(reference)
            where !Allowed[name].Contains(target)
            select new Finding(project, 1, $"{name} refers to {target}; it may refer to: {string.Join(", ", Allowed[name])}");
        Finding.None(findings, "reference against the arrows Silo -> Api -> Grains -> Runtime");
    }

    [Theory]
    [InlineData("Grains")]
    [InlineData("Runtime")]
    public void Inner_projects_have_no_web_and_no_SQL_reference(string name)
    {
        var project = $"src/{name}/{name}.csproj";
        var references = Items(project, "PackageReference").Concat(Items(project, "FrameworkReference")).Concat(Items(project, "Using"));
        var findings = references
            .Where(r => r.Contains("AspNetCore", StringComparison.Ordinal) || Sql.Any(s => Inside(r, s)))
            .Select(r => new Finding(project, 1, r));
        Finding.None(findings, $"web or SQL reference of src/{name}");
    }

    [Fact]
    public void Grains_name_nothing_of_the_web() =>
        Finding.None(Source.Under("src/Grains").SelectMany(s => Names(s, "Microsoft.AspNetCore")), "use of the web in src/Grains");

    [Fact]
    public void SQL_drivers_are_named_only_under_Storage() =>
        Finding.None(OutsideStorage().SelectMany(s => Names(s, Sql)), "use of a SQL driver outside src/Silo/Storage");

    [Fact]
    public void SQL_statements_are_written_only_under_Storage()
    {
        var findings = OutsideStorage().SelectMany(s => s.Root.DescendantTokens()
            .Where(t => Statement().IsMatch(t.Text))
            .Select(t => s.At(t, t.Text.Length > 60 ? t.Text[..60] : t.Text)));
        Finding.None(findings, "SQL outside src/Silo/Storage");
    }

    [Fact]
    public void Areas_meet_through_interfaces_and_records_never_through_grain_classes()
    {
        var grains = Source.Under("src/Grains")
            .SelectMany(s => s.Nodes<ClassDeclarationSyntax>().Select(c => (Name: c.Identifier.Text, s.Area)))
            .Where(c => c.Name.EndsWith("Grain", StringComparison.Ordinal) && c.Area is not ("" or "Kernel"))
            .DistinctBy(c => c.Name)
            .ToDictionary(c => c.Name, c => c.Area);
        var findings =
            from source in Source.Under("src/Grains")
            where source.Area.Length > 0
            from name in source.Nodes<SimpleNameSyntax>()
            where grains.TryGetValue(name.Identifier.Text, out var owner) && owner != source.Area
            select source.At(name, $"{source.Area} uses {name.Identifier.Text} of {grains[name.Identifier.Text]}; use its interface");
        Finding.None(findings, "use of another area's grain class");
    }

    [Fact]
    public void The_kernel_knows_no_area()
    {
        var areas = Source.Under("src/Grains").Select(s => s.Area).Where(a => a is not ("" or "Kernel")).Distinct().Select(a => "Troupe." + a).ToArray();
        Finding.None(Source.Under("src/Grains/Kernel").SelectMany(s => Names(s, areas)), "use of an area in src/Grains/Kernel");
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Tree.Text("Actors.sln").Replace('\\', '/');
        var findings = Tree.Under("", ".csproj")
            .Where(p => !solution.Contains(p, StringComparison.Ordinal))
            .Select(p => new Finding(p, 1, "not in Actors.sln"));
        Finding.None(findings, "project outside the solution");
    }

    [Fact]
    public void Package_versions_stand_in_one_place_and_are_exact()
    {
        var loose = Tree.Under("", ".csproj").SelectMany(p => Elements(p, "PackageReference").Where(e => e.Attribute("Version") is not null)
            .Select(e => new Finding(p, 1, $"version of {e.Attribute("Include")?.Value}")));
        var floating = Elements("Directory.Packages.props", "PackageVersion").Where(e => !Exact().IsMatch(e.Attribute("Version")?.Value ?? ""))
            .Select(e => new Finding("Directory.Packages.props", 1, e.ToString()));
        Finding.None(loose.Concat(floating), "package version outside Directory.Packages.props, or not exact");
    }

    private static IEnumerable<Source> OutsideStorage() => Source.Product.Where(s => !s.Path.StartsWith("src/Silo/Storage/", StringComparison.Ordinal));

    private static IEnumerable<Finding> Names(Source source, params string[] spaces) =>
        source.Nodes<SyntaxNode>()
            .Where(n => n is NameSyntax or MemberAccessExpressionSyntax && n.Parent is not (QualifiedNameSyntax or MemberAccessExpressionSyntax))
            .Where(n => spaces.Any(s => Inside(n.ToString(), s)))
            .Select(n => source.At(n, n.ToString().Split('\n')[0]));

    private static bool Inside(string name, string space) => name == space || name.StartsWith(space + ".", StringComparison.Ordinal);

    private static IEnumerable<string> Items(string project, string kind) => Elements(project, kind).Select(e => e.Attribute("Include")?.Value ?? "");

    private static IEnumerable<XElement> Elements(string project, string kind) => XDocument.Parse(Tree.Text(project)).Descendants(kind);

    [GeneratedRegex(@"^[$@""]*\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|INDEX|UNIQUE)|PRAGMA)\s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^\d+(\.\d+)+(-[\w.]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Exact();
}
