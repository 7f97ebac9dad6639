using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Troupe.House;

/// <summary>The same grains run on the built-in runtime and on Orleans, whose packages are not to be had everywhere. What a compiler could say only with them
/// is checked here on the text.</summary>
public sealed class SeamTests
{
    /// <summary>Names of the built-in runtime that Orleans has too, in meaning as in spelling.</summary>
    private static readonly HashSet<string> InBoth =
    [
        "IAddressable", "IGrain", "IGrainWithStringKey", "IGrainFactory", "Grain", "IGrainBase", "IGrainContext", "GrainId",
        "ReentrantAttribute", "StatelessWorkerAttribute", "AlwaysInterleaveAttribute", "OneWayAttribute",
        "DeactivationReason", "DeactivationReasonCode", "IGrainTimer", "GrainTimerCreationOptions",
        "IRemindable", "TickStatus", "IGrainReminder", "LimitExceededException", "SiloUnavailableException",
    ];

    /// <summary>Forms of a list or map whose class the compiler or the caller chooses: it can't be rebuilt from JSON on the other side.</summary>
    private static readonly HashSet<string> Faceless =
    [
        "IEnumerable", "ICollection", "IList", "IReadOnlyCollection", "IReadOnlyList", "ISet", "IReadOnlySet", "IDictionary", "IReadOnlyDictionary", "object",
    ];

    private static readonly string[] Compiled = ["src/Grains/", "src/Api/", "src/Silo/", "tests/Shared/", "tests/Stories/"];

    private static readonly IReadOnlyList<Regex> LeftOut = [.. Removed("src/Silo/Silo.csproj"), .. Removed("tests/Shared/Shared.csproj")];

    [Fact]
    public void Outside_the_seam_nothing_is_named_that_only_the_built_in_runtime_has()
    {
        var own = Public("src/Runtime").Except(InBoth).Except(Source.All.Where(s => IsOutside(s.Path)).SelectMany(Declared)).ToHashSet();
        Assert.Contains("GrainNode", own);
        var findings =
            from source in Source.All
            where IsOutside(source.Path)
            from name in source.Nodes<SimpleNameSyntax>()
            where own.Contains(name.Identifier.Text) || own.Contains(name.Identifier.Text + "Attribute")
            select source.At(name, name.Identifier.Text);
        Finding.None(findings, "name of src/Runtime outside the seam (see the conditions on ActorRuntime in src/Silo/Silo.csproj and tests/Shared/Shared.csproj)");
    }

    [Fact]
    public void What_both_have_is_there() => Assert.Subset(Public("src/Runtime").ToHashSet(), InBoth);

    [Fact]
    public void No_grain_names_a_runtimes_namespace()
    {
        var findings =
            from source in Source.Under("src/Grains").Concat(Source.Under("src/Api"))
            from name in source.Nodes<QualifiedNameSyntax>().Select(n => n.ToString()).Concat(source.Nodes<UsingDirectiveSyntax>().Select(u => $"{u.Name}"))
            where name.StartsWith("Troupe.Runtime", StringComparison.Ordinal) || name == "Orleans" || name.StartsWith("Orleans.", StringComparison.Ordinal)
            select new Finding(source.Path, 1, name);
        Finding.None(findings, "namespace of a runtime: it comes in through Directory.Build.props");
    }

    [Fact]
    public void Arguments_and_results_of_grains_have_a_class()
    {
        var findings =
            from source in Source.Under("src/Grains")
            from grain in source.Nodes<InterfaceDeclarationSyntax>()
            where IsGrain(grain)
            from method in grain.Members.OfType<MethodDeclarationSyntax>()
            from type in method.ParameterList.Parameters.Select(p => p.Type!).Append(Result(method.ReturnType))
            where Faceless.Contains(Bare(type))
            select source.At(method, $"{method.Identifier.Text}: {type}; take an array or a record");
        Finding.None(findings, "argument or result without a class of its own");
    }

    private static bool IsGrain(InterfaceDeclarationSyntax type) =>
        type.Identifier.Text.EndsWith("Grain", StringComparison.Ordinal)
        || (type.BaseList?.Types.Any(t => t.Type.ToString() == "IGrainWithStringKey") ?? false);

    private static TypeSyntax Result(TypeSyntax type) => type is GenericNameSyntax { TypeArgumentList.Arguments: [var result] } ? result : type;

    private static string Bare(TypeSyntax type) => type switch
    {
        GenericNameSyntax generic => generic.Identifier.Text,
        NullableTypeSyntax nullable => Bare(nullable.ElementType),
        _ => type.ToString(),
    };

    /// <summary>Compiled for Orleans too.</summary>
    private static bool IsOutside(string path) =>
        Compiled.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)) && !LeftOut.Any(pattern => pattern.IsMatch(path));

    /// <summary>What a project leaves out when it is compiled for Orleans.</summary>
    private static IEnumerable<Regex> Removed(string project) =>
        from items in XDocument.Parse(Tree.Text(project)).Descendants("ItemGroup")
        where items.Attribute("Condition")?.Value.Contains("'Orleans'", StringComparison.Ordinal) ?? false
        from pattern in items.Elements("Compile").SelectMany(one => one.Attribute("Remove")?.Value.Split(';') ?? [])
        let any = Regex.Escape(pattern).Replace("\\*\\*/", "(.+/)?", StringComparison.Ordinal).Replace("\\*", "[^/]*", StringComparison.Ordinal)
        select new Regex($"^{Path.GetDirectoryName(project)}/{any}$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static IEnumerable<string> Public(string folder) => Source.Under(folder)
        .SelectMany(s => s.Nodes<BaseTypeDeclarationSyntax>()).Where(t => t.Modifiers.Any(SyntaxKind.PublicKeyword)).Select(t => t.Identifier.Text).Distinct();

    private static IEnumerable<string> Declared(Source source) => source.Nodes<BaseTypeDeclarationSyntax>().Select(t => t.Identifier.Text);
}
