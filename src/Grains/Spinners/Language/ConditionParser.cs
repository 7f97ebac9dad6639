using System.Text;

namespace Troupe.Spinners;

/// <summary>Reads conditions by precedence climbing: <c>or</c>, <c>and</c>, <c>not</c>, comparison, operand.</summary>
internal sealed class ConditionParser
{
    private readonly ConditionLexer _lexer;
    private readonly Scope _scope;
    private Token _token;
    private int _depth;

    private ConditionParser(string text, Scope scope)
    {
        _lexer = new(text);
        _scope = scope;
        _token = _lexer.Next();
    }

    /// <summary>Reads a condition.</summary>
    /// <param name="text">As written.</param>
    /// <param name="scope">The names.</param>
    /// <param name="error">What is wrong, with its 1-based column; null when nothing is.</param>
    public static Condition? Parse(string text, Scope scope, out string? error)
    {
        error = null;
        if (text.Length > Limits.ConditionLength)
        {
            error = $"a condition has at most {Limits.ConditionLength} characters.";
            return null;
        }

        try
        {
            var parser = new ConditionParser(text, scope);
            var condition = parser.Or();
            return parser._token.Kind == TokenKind.End ? condition : throw parser.Unexpected("'and', 'or' or the end");
        }
        catch (ConditionException problem)
        {
            error = $"column {problem.At + 1}: {problem.Message}.";
            return null;
        }
    }

    private Condition Or()
    {
        var left = And();
        while (TakeWord("or"))
        {
            left = new Condition.Or(left, And());
        }

        return left;
    }

    private Condition And()
    {
        var left = Not();
        while (TakeWord("and"))
        {
            left = new Condition.And(left, Not());
        }

        return left;
    }

    private Condition Not()
    {
        if (++_depth > Limits.ConditionDepth)
        {
            throw new ConditionException(_token.At, $"a condition is nested at most {Limits.ConditionDepth} deep");
        }

        var condition = TakeWord("not") ? new Condition.Not(Not()) : TakeSign("(") ? Group() : Compare();
        _depth--;
        return condition;
    }

    private Condition Group()
    {
        var inner = Or();
        return TakeSign(")") ? inner : throw Unexpected("')'");
    }

    private Condition Compare()
    {
        var left = Operand();
        if (_token.Kind == TokenKind.Word && _token.Text == "not")
        {
            Advance();
            return TakeWord("in") ? new Condition.Not(In(left))
                : TakeWord("contains") ? new Condition.Not(new Condition.In(Operand(), left))
                : throw Unexpected("'in' or 'contains'");
        }

        var condition = TakeWord("in") ? In(left)
            : TakeWord("contains") ? new Condition.In(Operand(), left)
            : TakeSign("==") ? new Condition.Equal(left, Operand(), wanted: true)
            : TakeSign("!=") ? new Condition.Equal(left, Operand(), wanted: false)
            : TakeSign("<") ? new Condition.Ordered(left, Operand(), less: true, orEqual: false)
            : TakeSign("<=") ? new Condition.Ordered(left, Operand(), less: true, orEqual: true)
            : TakeSign(">") ? new Condition.Ordered(left, Operand(), less: false, orEqual: false)
            : TakeSign(">=") ? new Condition.Ordered(left, Operand(), less: false, orEqual: true)
            : new Condition.Truth(left);
        return _token is { Kind: TokenKind.Sign, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }
            ? throw new ConditionException(_token.At, "comparisons can't be chained; join them with 'and'")
            : condition;
    }

    private Condition In(Operand item)
    {
        if (!TakeSign("["))
        {
            return new Condition.In(item, Operand());
        }

        var list = new List<Operand>();
        while (!TakeSign("]"))
        {
            if (list.Count > 0 && !TakeSign(","))
            {
                throw Unexpected("',' or ']'");
            }

            list.Add(Operand());
        }

        return new Condition.InList(item, [.. list]);
    }

    private Operand Operand()
    {
        var token = _token;
        Advance();
        return token switch
        {
            { Kind: TokenKind.Path } => new(_scope.Bind(token.Path!)),
            { Kind: TokenKind.String } => new(Encoding.UTF8.GetBytes(token.Text), text: true),
            { Kind: TokenKind.Number } or { Kind: TokenKind.Word, Text: "true" or "false" or "null" } => new(Encoding.UTF8.GetBytes(token.Text), text: false),
            { Kind: TokenKind.Sign, Text: "[" } => throw new ConditionException(token.At, "a list can only follow 'in'"),
            _ => throw new ConditionException(token.At, $"a value is expected here, not {Shown(token)}"),
        };
    }

    private ConditionException Unexpected(string wanted) => new(_token.At, $"{wanted} is expected here, not {Shown(_token)}");

    private static string Shown(Token token) => token.Kind == TokenKind.End ? "the end" : $"'{token.Text}'";

    private bool TakeWord(string word) => Take(TokenKind.Word, word);

    private bool TakeSign(string sign) => Take(TokenKind.Sign, sign);

    private bool Take(TokenKind kind, string text)
    {
        if (_token.Kind != kind || _token.Text != text)
        {
            return false;
        }

        Advance();
        return true;
    }

    private void Advance() => _token = _lexer.Next();
}
