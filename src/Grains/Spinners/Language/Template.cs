using System.Text;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>How a value is put into the text around it.</summary>
internal enum Form
{
    /// <summary>As plain text: messages, mails, headers.</summary>
    Text,

    /// <summary>As plain text inside a JSON string.</summary>
    JsonString,

    /// <summary>As the JSON value it is.</summary>
    Json,

    /// <summary>Percent-encoded: URLs and form bodies.</summary>
    Percent,
}

/// <summary>A text with <c>{{paths}}</c>, compiled once into parts and rendered without intermediate strings. A missing key prints <c>‹path›</c>; null prints
/// nothing
/// (in a JSON value of its own: null). [ingest-api.md section 7.3]</summary>
internal sealed class Template
{
    private readonly Part[] _parts;

    /// <summary>Prints nothing; stands in for a text that could not be compiled.</summary>
    public static Template Empty { get; } = new([]);

    private Template(Part[] parts) => _parts = parts;

    /// <summary>The rendered text, when it is the same for every record; null otherwise.</summary>
    public byte[]? Constant => _parts switch { [] => [], [{ Reference: null } only] => only.Literal, _ => null };

    /// <summary>Compiles a text.</summary>
    /// <param name="text">As written.</param>
    /// <param name="form">What the text is part of.</param>
    /// <param name="scope">The names.</param>
    /// <param name="error">What is wrong, with its 1-based column; null when nothing is.</param>
    public static Template? Compile(string text, Form form, Scope scope, out string? error)
    {
        var parts = new TemplateParts(scope);
        error = new TemplateParser(text, form, parts).Parse();
        return error is null ? new(parts.ToArray()) : null;
    }

    /// <summary>Compiles a JSON value whose strings are templates; a string that is exactly one path becomes the value it names.</summary>
    /// <param name="value">As written.</param>
    /// <param name="scope">The names.</param>
    /// <param name="errors">Gets (path inside the value, problem) for each bad template.</param>
    public static Template CompileJson(JsonElement value, Scope scope, List<(string Path, string Problem)> errors)
    {
        var parts = new TemplateParts(scope);
        Walk(value, "", parts, errors);
        return new(parts.ToArray());
    }

    /// <summary>Appends the text for a record. The buffer must not be one the record reads from.</summary>
    public void Render(RunningRecord record, BoundedText into)
    {
        foreach (var part in _parts)
        {
            if (part.Reference is null)
            {
                into.Write(part.Literal);
            }
            else if (part.Reference.Read(record) is { IsEmpty: false } value)
            {
                Write(value, part.Form, into);
            }
            else
            {
                into.Write(part.Literal);
            }
        }
    }

    private static void Write(ReadOnlySpan<byte> value, Form form, BoundedText into)
    {
        if (form == Form.Json)
        {
            into.Write(value);
            return;
        }

        if (value[0] != '"')
        {
            WritePlain(value[0] == 'n' ? [] : value, form, into);
        }
        else if (form == Form.JsonString)
        {
            into.Write(value[1..^1]); // escaped already
        }
        else if (form == Form.Text)
        {
            JsonText.Unescape(value[1..^1], into);
        }
        else if (value.Contains((byte)'\\'))
        {
            var plain = new BoundedText(value.Length);
            JsonText.Unescape(value[1..^1], plain);
            WritePlain(plain.Written, form, into);
        }
        else
        {
            WritePlain(value[1..^1], form, into);
        }
    }

    internal static void WritePlain(ReadOnlySpan<byte> text, Form form, BoundedText into)
    {
        switch (form)
        {
            case Form.JsonString:
                JsonText.Escape(text, into);
                break;
            case Form.Percent:
                JsonText.PercentEncode(text, into);
                break;
            default:
                into.Write(text);
                break;
        }
    }

    private static void Walk(JsonElement value, string path, TemplateParts parts, List<(string Path, string Problem)> errors)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var member = 0;
                foreach (var property in value.EnumerateObject())
                {
                    parts.Literal(member++ == 0 ? "{"u8 : ","u8);
                    parts.Literal(Scope.Head(property.Name));
                    Walk(property.Value, $"{path}.{property.Name}", parts, errors);
                }

                parts.Literal(member == 0 ? "{}"u8 : "}"u8);
                break;
            case JsonValueKind.Array:
                parts.Literal("["u8);
                for (var index = 0; index < value.GetArrayLength(); index++)
                {
                    parts.Literal(index == 0 ? ""u8 : ","u8);
                    Walk(value[index], $"{path}[{index}]", parts, errors);
                }

                parts.Literal("]"u8);
                break;
            case JsonValueKind.String when new TemplateParser(value.GetString()!, Form.Json, parts).Parse() is { } error:
                errors.Add((path, error));
                break;
            case JsonValueKind.String:
                break;
            default:
                parts.Literal(Encoding.UTF8.GetBytes(value.GetRawText()));
                break;
        }
    }

    /// <summary>A piece: a literal, or a reference with what to print when it is missing.</summary>
    internal readonly record struct Part(byte[] Literal, Reference? Reference, Form Form);
}

/// <summary>Gathers the parts of a template; neighbouring literals become one.</summary>
internal sealed class TemplateParts(Scope scope)
{
    private readonly List<Template.Part> _parts = [];
    private readonly BoundedText _literal = new(int.MaxValue);

    /// <summary>Adds text as it is to appear.</summary>
    public void Literal(ReadOnlySpan<byte> text) => _literal.Write(text);

    /// <summary>Adds text that the form may have to encode.</summary>
    public void Literal(ReadOnlySpan<char> text, Form form)
    {
        var utf8 = Encoding.UTF8.GetBytes(text.ToArray());
        if (form == Form.JsonString)
        {
            JsonText.Escape(utf8, _literal);
        }
        else
        {
            _literal.Write(utf8); // in a URL the author's own text is not encoded
        }
    }

    /// <summary>Adds a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="written">As written, for the missing mark.</param>
    /// <param name="form">How its value is put into the text.</param>
    public void Path(FieldPath path, ReadOnlySpan<char> written, Form form)
    {
        Flush();
        var missing = new BoundedText(int.MaxValue);
        var mark = Encoding.UTF8.GetBytes($"‹{written}›");
        missing.Write(form == Form.Json ? "\""u8 : ""u8);
        Template.WritePlain(mark, form == Form.Json ? Form.JsonString : form, missing);
        missing.Write(form == Form.Json ? "\""u8 : ""u8);
        _parts.Add(new(missing.Written.ToArray(), scope.Bind(path), form));
    }

    /// <summary>All parts.</summary>
    public Template.Part[] ToArray()
    {
        Flush();
        return [.. _parts];
    }

    private void Flush()
    {
        if (_literal.Length > 0)
        {
            _parts.Add(new(_literal.Written.ToArray(), null, Form.Text));
            _literal.Clear();
        }
    }
}
