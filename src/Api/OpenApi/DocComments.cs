using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Troupe.Api.OpenApi;

/// <summary>What the doc comments say of a type and its members, so that a description has words nobody wrote twice. They are read from the file that the
/// compiler puts beside each assembly; without it descriptions have no words and are whole otherwise.</summary>
internal sealed partial record DocComments(string? Type, IReadOnlyDictionary<string, string> Members)
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Files = new();

    /// <summary>What is said of a type.</summary>
    public static DocComments Of(Type type)
    {
        var file = Files.GetOrAdd(type.Assembly, Read);
        var name = type.FullName!.Replace('+', '.');
        var said = file.GetValueOrDefault($"T:{name}");
        var members = (said?.Elements("param") ?? []).ToDictionary(e => e.Attribute("name")!.Value, Text);
        foreach (var property in type.GetProperties().Where(p => file.GetValueOrDefault($"P:{name}.{p.Name}")?.Element("summary") is not null))
        {
            members.TryAdd(property.Name, Text(file[$"P:{name}.{property.Name}"].Element("summary")!));
        }

        return new(said?.Element("summary") is { } summary ? Text(summary) : null, members);
    }

    /// <summary>What is said of a member; null when nothing is.</summary>
    public string? Member(string? name) => name is null ? null : Members.GetValueOrDefault(name);

    private static Dictionary<string, XElement> Read(Assembly assembly)
    {
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        return File.Exists(path) ? XDocument.Load(path).Descendants("member").ToDictionary(e => e.Attribute("name")!.Value) : [];
    }

    private static string Text(XElement element)
    {
        var words = element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement other when other.Attribute("cref") is { } name => name.Value.Split('.')[^1].Split('(')[0],
            XElement other when other.Attribute("name") is { } name => name.Value,
            _ => node is XText text ? text.Value : "",
        });
        return Spaces().Replace(Source().Replace(string.Concat(words), ""), " ").Trim();
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();

    /// <summary>Where a rule comes from is for readers of the code.</summary>
    [GeneratedRegex(@"\s*\[[\w-]+\.md[^\]]*\]", RegexOptions.None, 1000)]
    private static partial Regex Source();
}
