namespace Troupe.Spinners;

/// <summary>Splits a template into literals and paths: <c>{{path}}</c>, <c>{params:name}</c>, <c>{output:name}</c>; <c>\{</c> is a literal brace.</summary>
internal ref struct TemplateParser(string text, Form form, TemplateParts parts)
{
    private static readonly (string Open, string Root)[] Short = [("{params:", "payload"), ("{output:", "output")];
    private static readonly Func<char, bool> InName = c => c is not ('.' or '[' or ']' or '{' or '}' or '"') && !char.IsControl(c);

    private readonly string _text = text;
    private readonly TemplateParts _parts = parts;
    private Form _form = form;
    private int _at;

    /// <summary>Adds all parts; gives what is wrong with its 1-based column, or null.</summary>
    public string? Parse()
    {
        if (_text.Length > Limits.TemplateLength)
        {
            return $"a template has at most {Limits.TemplateLength} characters.";
        }

        var value = _form == Form.Json;
        if (value && IsOnePath())
        {
            return Next();
        }

        _form = value ? Form.JsonString : _form;
        _parts.Literal(value ? "\""u8 : ""u8);
        while (_at < _text.Length)
        {
            if (Next() is { } error)
            {
                return error;
            }
        }

        _parts.Literal(value ? "\""u8 : ""u8);
        return null;
    }

    private readonly bool IsOnePath()
    {
        var probe = new TemplateParser(_text, Form.Text, new(new([], [])));
        return Opening(0) is not null && probe.Next() is null && probe._at == _text.Length;
    }

    /// <summary>What opens a path at a position, and the root it stands for; null when the text there is literal.</summary>
    private readonly (string Open, string? Root)? Opening(int at)
    {
        var rest = _text.AsSpan(at);
        if (rest.StartsWith("{{"))
        {
            return ("{{", null);
        }

        foreach (var (open, root) in Short)
        {
            if (rest.StartsWith(open))
            {
                return (open, root);
            }
        }

        return null;
    }

    private string? Next()
    {
        if (Opening(_at) is { } opening)
        {
            return Path(opening.Open, opening.Root);
        }

        var start = _at;
        if (_text.AsSpan(_at).StartsWith("\\{"))
        {
            (start, _at) = (_at + 1, _at + 2);
        }
        else
        {
            _at++;
        }

        while (_at < _text.Length && _text[_at] is not ('{' or '\\'))
        {
            _at++;
        }

        _parts.Literal(_text.AsSpan(start, _at - start), _form);
        return null;
    }

    private string? Path(string open, string? root)
    {
        var (start, close) = (_at, root is null ? "}}" : "}");
        var reader = new PathReader(_text, start + open.Length, InName, root);
        var path = reader.Read();
        if (path is null)
        {
            return $"column {reader.At + 1}: {reader.Error}.";
        }

        if (!_text.AsSpan(reader.At).StartsWith(close))
        {
            return $"column {start + 1}: '{open}' is not closed by '{close}'.";
        }

        var written = _text.AsSpan()[(root is null ? start + 2 : start + 1)..reader.At].Trim();
        _parts.Path(path, written, _form);
        _at = reader.At + close.Length;
        return null;
    }
}
