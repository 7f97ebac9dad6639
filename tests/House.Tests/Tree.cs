using Troupe.Tests;

namespace Troupe.House;

/// <summary>The repository's own files, as a clone has them: build output and local data are left out.</summary>
internal static class Tree
{
    private static readonly string[] NotOurs = ["bin", "obj", "data", "artifacts", "node_modules", "TestResults"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root => Repository.Root;

    /// <summary>Every file, with '/' between folders, relative to <see cref="Root"/>.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(new DirectoryInfo(Root)).Order(StringComparer.Ordinal)];

    /// <summary>Files below a folder whose names end in one of the given ways.</summary>
    public static IEnumerable<string> Under(string folder, params string[] endings) =>
        Files.Where(f => (folder.Length == 0 || f.StartsWith(folder + "/", StringComparison.Ordinal))
            && (endings.Length == 0 || endings.Any(e => f.EndsWith(e, StringComparison.Ordinal))));

    /// <summary>A file's text.</summary>
    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        var files = folder.EnumerateFiles().Select(f => Path.GetRelativePath(Root, f.FullName).Replace('\\', '/'));
        var below = folder.EnumerateDirectories()
            .Where(d => !NotOurs.Contains(d.Name) && (!d.Name.StartsWith('.') || d.Name == ".ci"))
            .SelectMany(Walk);
        return files.Concat(below);
    }
}
