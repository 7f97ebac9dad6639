using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Reads the members of one step (or of an object inside it) strictly: every wrong type, bound, missing or unknown member is one error that names the
/// step.</summary>
internal sealed class StepJson
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors;
    private readonly string _path;

    public StepJson(JsonElement json, string path, string step, List<FieldError> errors)
    {
        (_path, Step, _errors) = (path, step, errors);
        foreach (var member in json.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value))
            {
                Error(member.Name, $"'{member.Name}' is given twice.");
            }
        }
    }

    /// <summary>How errors call the step, e.g. <c>Step 'greet'</c>.</summary>
    public string Step { get; }

    /// <summary>Adds an error for a member.</summary>
    public void Error(string member, string message) =>
        _errors.Add(new(member.Length == 0 ? _path : member[0] == '[' ? _path + member : $"{_path}.{member}", $"{Step}: {message}"));

    /// <summary>A text; null when absent or null. An absent required one is an error and reads as "".</summary>
    public string? Text(string name, int longest, bool required = false)
    {
        if (Take(name) is not { } value)
        {
            return required ? Missing(name) : null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Error(name, $"'{name}' must be a text.");
            return required ? "" : null;
        }

        var text = value.GetString()!;
        if (text.Length > longest || (required && text.Length == 0))
        {
            Error(name, $"'{name}' has {(required ? "1 to" : "at most")} {longest} characters.");
        }

        return text;
    }

    /// <summary>A number within bounds; null when absent or null.</summary>
    public double? Number(string name, double least, double most)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Error(name, $"'{name}' must be a number from {least} to {most}.");
        return null;
    }

    /// <summary>A whole number within bounds, or the default.</summary>
    public int Whole(string name, int least, int most, int otherwise)
    {
        if (Take(name) is not { } value)
        {
            return otherwise;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Error(name, $"'{name}' must be a whole number from {least} to {most}.");
        return otherwise;
    }

    /// <summary>One of some words, or the default.</summary>
    public string Choice(string name, string otherwise, params ReadOnlySpan<string> words)
    {
        if (Take(name) is not { } value)
        {
            return otherwise;
        }

        if (value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()!))
        {
            return value.GetString()!;
        }

        Error(name, $"'{name}' must be one of {string.Join(", ", words!)}.");
        return otherwise;
    }

    /// <summary>Any JSON value of bounded size; null when absent (or null).</summary>
    public JsonElement? Any(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.GetRawText().Length > Limits.StepJsonLength)
        {
            Error(name, $"'{name}' has at most {Limits.StepJsonLength} characters.");
        }

        return value.Clone();
    }

    /// <summary>The members of an object; empty when absent. Too many, or a name given twice, is an error.</summary>
    public IReadOnlyDictionary<string, JsonElement> Object(string name, int most)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (Any(name) is not { } value)
        {
            return members;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Error(name, $"'{name}' must be an object.");
            return members;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                Error($"{name}.{member.Name}", $"'{member.Name}' is given twice in '{name}'.");
            }
        }

        if (members.Count > most)
        {
            Error(name, $"'{name}' has at most {most} members.");
        }

        return members;
    }

    /// <summary>The elements of a list; empty when absent.</summary>
    public IReadOnlyList<JsonElement> List(string name, int most)
    {
        if (Take(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most)
        {
            Error(name, $"'{name}' must be a list of at most {most}.");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    /// <summary>A list of texts, each with 1 to so many characters.</summary>
    public IReadOnlyList<string> Texts(string name, int most, int longest)
    {
        var elements = List(name, most);
        if (elements.All(e => e.ValueKind == JsonValueKind.String && e.GetString()!.Length is > 0 && e.GetString()!.Length <= longest))
        {
            return [.. elements.Select(e => e.GetString()!)];
        }

        Error(name, $"'{name}' must be a list of texts of 1 to {longest} characters.");
        return [];
    }

    /// <summary>An object inside the step; null when absent.</summary>
    public StepJson? Part(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new(value, $"{_path}.{name}", Step, _errors);
        }

        Error(name, $"'{name}' must be an object.");
        return null;
    }

    /// <summary>An object that is an element of a list of the step; null (and an error) when it is none.</summary>
    public StepJson? Element(string name, int index, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return new(value, $"{_path}.{name}[{index}]", Step, _errors);
        }

        Error($"{name}[{index}]", $"each of '{name}' must be an object.");
        return null;
    }

    /// <summary>Takes all members for known, because the step's type is not.</summary>
    public void Ignore() => _known.UnionWith(_members.Keys);

    /// <summary>Reports the members that nothing asked for.</summary>
    public void End()
    {
        foreach (var name in _members.Keys.Where(name => !_known.Contains(name)))
        {
            Error(name, $"'{name}' is unknown here.");
        }
    }

    private string Missing(string name)
    {
        Error(name, $"'{name}' is missing.");
        return "";
    }

    private JsonElement? Take(string name)
    {
        _known.Add(name);
        return _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
