using System.Text;

namespace Troupe.Silo.Storage;

/// <summary>The form in which free text is stored and asked for, the same on every engine: lower case by Unicode's simple mapping, no NUL.</summary>
public static class SearchText
{
    /// <summary>Shortest text, in code points, that a trigram index can find; shorter ones are looked for by a scan.</summary>
    public const int Indexed = 3;

    /// <summary>Folds text; null stays null.</summary>
    public static string? Fold(string? text) => text?.Replace('\0', ' ').ToLowerInvariant();

    /// <summary>Whether the index can find a folded text.</summary>
    public static bool IsIndexed(string folded) => folded.EnumerateRunes().Count() >= Indexed;
}
