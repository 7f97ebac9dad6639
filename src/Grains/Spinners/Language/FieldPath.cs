using System.Text;

namespace Troupe.Spinners;

/// <summary>Where a path starts.</summary>
internal enum PathRoot
{
    /// <summary>A bare name: the output field, or the metadata field when there is no such output.</summary>
    Any,

    /// <summary>The metadata fields of the row.</summary>
    Payload,

    /// <summary>What earlier steps wrote.</summary>
    Output,

    /// <summary>The ids of the run.</summary>
    Context,
}

/// <summary>One step down a JSON value: a member, or an element when the name is null.</summary>
/// <param name="Name">The member's name as UTF-8.</param>
/// <param name="Index">The element, from 0.</param>
internal readonly record struct PathSegment(byte[]? Name, int Index);

/// <summary>A path such as <c>output.score.body.items[0]</c>, as templates and conditions write it.</summary>
/// <param name="Root">Where it starts.</param>
/// <param name="Name">The field; empty when the path names the whole payload or output.</param>
/// <param name="Rest">The way down from there.</param>
internal sealed record FieldPath(PathRoot Root, string Name, PathSegment[] Rest)
{
    /// <summary>The ids that <c>context</c> has.</summary>
    public static readonly string[] ContextNames = ["jobId", "recordId", "spinnerId"];

    /// <summary>Makes a path of its segments.</summary>
    /// <param name="names">At least one segment; an <see cref="int"/> is an index.</param>
    /// <param name="error">What is wrong with it, or null.</param>
    public static FieldPath? From(List<object> names, out string? error)
    {
        error = null;
        var root = names[0] switch { "payload" => PathRoot.Payload, "output" => PathRoot.Output, "context" => PathRoot.Context, _ => PathRoot.Any };
        if (root != PathRoot.Any)
        {
            names.RemoveAt(0);
        }

        if (root == PathRoot.Context && (names is not [string id] || !ContextNames.Contains(id)))
        {
            error = $"context has {string.Join(", ", ContextNames[..^1])} and {ContextNames[^1]} only";
        }
        else if (names is [int, ..])
        {
            error = "an index must follow a field";
        }
        else if (names.Count > Limits.PathSegments)
        {
            error = $"a path has at most {Limits.PathSegments} segments";
        }

        return error is not null ? null : new(
            root,
            names is [string name, ..] ? name : "",
            [.. names.Skip(1).Select(n => n is int index ? new PathSegment(null, index) : new PathSegment(Encoding.UTF8.GetBytes((string)n), 0))]);
    }
}

/// <summary>Reads the segments of a path out of a text: <c>name.name[0]["any name"]</c>.</summary>
/// <param name="text">The whole text.</param>
/// <param name="at">Where the path starts.</param>
/// <param name="inName">Which characters a bare name may have.</param>
/// <param name="root">A first segment that is not written; null when there is none.</param>
internal ref struct PathReader(ReadOnlySpan<char> text, int at, Func<char, bool> inName, string? root = null)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly List<object> _segments = root is null ? [] : [root];

    /// <summary>Where reading stopped, from 0.</summary>
    public int At { get; private set; } = at;

    /// <summary>What is wrong at <see cref="At"/>; null when the path is good.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads as far as the path goes.</summary>
    public FieldPath? Read()
    {
        var start = At;
        ReadName();
        while (Error is null && At < _text.Length && _text[At] is '.' or '[')
        {
            if (_text[At] == '[')
            {
                ReadBracket();
            }
            else
            {
                At++;
                ReadName();
            }
        }

        if (Error is not null)
        {
            return null;
        }

        var path = FieldPath.From(_segments, out var error);
        if (error is not null)
        {
            (Error, At) = (error, start);
        }

        return path;
    }

    private void ReadName()
    {
        var start = At;
        while (At < _text.Length && inName(_text[At]))
        {
            At++;
        }

        var name = _text[start..At].Trim();
        if (name.IsEmpty)
        {
            Error = "a field name is missing";
            return;
        }

        _segments.Add(name.ToString());
    }

    private void ReadBracket()
    {
        var open = At++;
        var close = _text[At..] is ['"', ..] ? Quoted() : Index();
        if (Error is not null)
        {
            return;
        }

        (Error, At) = close < _text.Length && _text[close] == ']' ? (null, close + 1) : ("'[' is not closed by ']'", open);
    }

    private int Index()
    {
        var end = At;
        while (end < _text.Length && char.IsAsciiDigit(_text[end]))
        {
            end++;
        }

        if (end == At || end - At > 6)
        {
            Error = "an index is a whole number up to 999999, or a name in double quotes";
            return end;
        }

        _segments.Add(int.Parse(_text[At..end]));
        return end;
    }

    private int Quoted()
    {
        var length = _text[(At + 1)..].IndexOf('"');
        if (length <= 0)
        {
            Error = "a name in double quotes is not closed, or empty";
            return At;
        }

        _segments.Add(_text.Slice(At + 1, length).ToString());
        return At + length + 2;
    }
}
