using System.Text;

namespace Troupe.Spinners;

/// <summary>Kinds of tokens in a condition.</summary>
internal enum TokenKind
{
    End,
    Word,
    Sign,
    Number,
    String,
    Path,
}

/// <summary>A token: where it starts (from 0), how it is written, and what it means.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="At">Position in the text.</param>
/// <param name="Text">A keyword or sign; a number as written; the content of a string.</param>
/// <param name="Path">The path of a path token.</param>
internal readonly record struct Token(TokenKind Kind, int At, string Text, FieldPath? Path = null);

/// <summary>A condition that can't be read: what is wrong, at a position from 0. Never leaves <see cref="ConditionParser.Parse"/>.</summary>
internal sealed class ConditionException(int at, string message) : Exception(message)
{
    public int At { get; } = at;
}

/// <summary>Cuts a condition into tokens.</summary>
internal sealed class ConditionLexer(string text)
{
    private static readonly string[] Words = ["and", "or", "not", "in", "contains", "true", "false", "null"];
    private static readonly string[] Signs = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","];
    private static readonly Dictionary<string, string> Wrong = new(StringComparer.Ordinal)
    {
        ["="] = "write '==' to compare",
        ["&"] = "write 'and'",
        ["|"] = "write 'or'",
        ["!"] = "write 'not', or '!=' to compare",
    };

    private static readonly Func<char, bool> InName = c => char.IsLetterOrDigit(c) || c is '_' or '-';
    private int _at;

    /// <summary>The next token; <see cref="TokenKind.End"/> again and again at the end.</summary>
    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        if (_at == text.Length)
        {
            return new(TokenKind.End, _at, "the end");
        }

        var c = text[_at];
        return c is '"' or '\'' ? String(c)
            : char.IsAsciiDigit(c) || c == '-' ? Number()
            : char.IsLetter(c) || c == '_' ? WordOrPath()
            : Sign();
    }

    private Token Sign()
    {
        var start = _at;
        foreach (var sign in Signs)
        {
            if (text.AsSpan(start).StartsWith(sign))
            {
                _at += sign.Length;
                return new(TokenKind.Sign, start, sign);
            }
        }

        var found = text[start].ToString();
        throw new ConditionException(start, Wrong.TryGetValue(found, out var right) ? right : $"'{found}' has no meaning here");
    }

    private Token Number()
    {
        var start = _at++;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '.' || (text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        var number = text[start.._at];
        if (!IsJsonNumber(number))
        {
            throw new ConditionException(start, $"'{number}' is not a number");
        }

        return new(TokenKind.Number, start, number);
    }

    private static bool IsJsonNumber(string number)
    {
        try
        {
            var reader = new System.Text.Json.Utf8JsonReader(Encoding.UTF8.GetBytes(number));
            return reader.Read() && reader.TokenType == System.Text.Json.JsonTokenType.Number && !reader.Read();
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private Token String(char quote)
    {
        var start = _at++;
        var content = new StringBuilder();
        for (; _at < text.Length && text[_at] != quote; _at++)
        {
            if (text[_at] != '\\')
            {
                content.Append(text[_at]);
                continue;
            }

            content.Append(++_at < text.Length && "\\'\"nt".Contains(text[_at])
                ? text[_at] switch { 'n' => '\n', 't' => '\t', var c => c }
                : throw new ConditionException(_at - 1, "a backslash stands before \\, ', \", n or t"));
        }

        if (_at == text.Length)
        {
            throw new ConditionException(start, "the string is not closed");
        }

        _at++;
        return new(TokenKind.String, start, content.ToString());
    }

    private Token WordOrPath()
    {
        var start = _at;
        var end = start;
        while (end < text.Length && InName(text[end]))
        {
            end++;
        }

        var word = text[start..end];
        if (Words.Contains(word))
        {
            _at = end;
            return new(TokenKind.Word, start, word);
        }

        if (word is not ("payload" or "output" or "context"))
        {
            throw new ConditionException(start, $"'{word}' is unknown; a path starts with payload, output or context, a text stands in quotes");
        }

        var reader = new PathReader(text, start, InName);
        var path = reader.Read() ?? throw new ConditionException(reader.At, reader.Error!);
        _at = reader.At;
        return path.Name.Length > 0
            ? new(TokenKind.Path, start, text[start.._at], path)
            : throw new ConditionException(start, $"'{word}' needs a field, such as {word}.name");
    }
}
