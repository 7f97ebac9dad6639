using System.Buffers.Text;

namespace Troupe.Spinners;

/// <summary>Kinds of values in conditions.</summary>
internal enum ValueKind
{
    /// <summary>null, and everything that is missing.</summary>
    Null,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    String,

    /// <summary>A list.</summary>
    List,

    /// <summary>An object.</summary>
    Object,
}

/// <summary>A value while a condition is evaluated: a view into the record, never boxed.</summary>
internal readonly ref struct Value
{
    private Value(ValueKind kind, ReadOnlySpan<byte> text)
    {
        Kind = kind;
        Text = text;
    }

    /// <summary>What it is.</summary>
    public ValueKind Kind { get; }

    /// <summary>A string's content without escapes; any other value as JSON.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Whether the value alone, as a condition, holds: not for null, false, 0, empty strings, "0", "false" in any case, and empty lists and
    /// objects.</summary>
    public bool Truth => Kind switch
    {
        ValueKind.Null => false,
        ValueKind.Boolean => Text[0] == 't',
        ValueKind.Number => TryNumber(out var number) && number != 0,
        ValueKind.String => !Text.IsEmpty && !Text.SequenceEqual("0"u8) && !IsWord(Text, "false"u8),
        _ => Text[1..^1].ContainsAnyExcept(" \t\r\n"u8),
    };

    /// <summary>A value written as JSON; empty is null.</summary>
    public static Value Of(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return default;
        }

        return json[0] switch
        {
            (byte)'"' => new(ValueKind.String, Content(json[1..^1])),
            (byte)'[' => new(ValueKind.List, json),
            (byte)'{' => new(ValueKind.Object, json),
            (byte)'n' => default,
            (byte)'t' or (byte)'f' => new(ValueKind.Boolean, json),
            _ => new(ValueKind.Number, json),
        };
    }

    /// <summary>A plain string.</summary>
    public static Value OfText(ReadOnlySpan<byte> text) => new(ValueKind.String, text);

    /// <summary>The number, also of a string that is written like one (a CSV column): optional blanks around, sign, digits, fraction, exponent.</summary>
    public bool TryNumber(out double number)
    {
        number = 0;
        if (Kind is not (ValueKind.Number or ValueKind.String))
        {
            return false;
        }

        var text = Text.Trim((byte)' ');
        return !text.IsEmpty && (char.IsAsciiDigit((char)text[^1]) || text[^1] == '.') && Utf8Parser.TryParse(text, out number, out var used)
            && used == text.Length;
    }

    /// <summary>The boolean, also of the strings true and false in any case.</summary>
    public bool? Boolean => Kind switch
    {
        ValueKind.Boolean => Text[0] == 't',
        ValueKind.String when IsWord(Text, "true"u8) => true,
        ValueKind.String when IsWord(Text, "false"u8) => false,
        _ => null,
    };

    private static bool IsWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => System.Text.Ascii.EqualsIgnoreCase(text, word);

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> inside)
    {
        if (!inside.Contains((byte)'\\'))
        {
            return inside;
        }

        var plain = new BoundedText(inside.Length);
        JsonText.Unescape(inside, plain);
        return plain.Written;
    }
}

/// <summary>How values compare; the rules are in docs/reference/workspace/spinner-language.md.</summary>
internal static class Comparison
{
    /// <summary>Equality. Null equals null only. A number and a numeric string compare as numbers, a boolean and the strings true and false as booleans,
    /// two strings byte by byte. Lists and objects equal nothing.</summary>
    public static bool AreEqual(Value left, Value right)
    {
        if (left.Kind == ValueKind.Null || right.Kind == ValueKind.Null)
        {
            return left.Kind == right.Kind;
        }

        if (left.Kind == ValueKind.String && right.Kind == ValueKind.String)
        {
            return left.Text.SequenceEqual(right.Text);
        }

        if (left.Kind == ValueKind.Boolean || right.Kind == ValueKind.Boolean)
        {
            return left.Boolean is { } a && right.Boolean is { } b && a == b;
        }

        return Numbers(left, right) == 0;
    }

    /// <summary>Order: below 0, 0 or above 0; null when the two have none. Two numbers or numeric strings by value, two other strings by code point.</summary>
    public static int? Order(Value left, Value right)
    {
        if (Numbers(left, right) is { } order)
        {
            return order;
        }

        return left.Kind == ValueKind.String && right.Kind == ValueKind.String ? left.Text.SequenceCompareTo(right.Text) : null;
    }

    private static int? Numbers(Value left, Value right)
    {
        if (!left.TryNumber(out var a) || !right.TryNumber(out var b))
        {
            return null;
        }

        // A double tells 15 digits apart. Longer ones (ids) that look equal are compared exactly as far as a decimal goes.
        return a == b && Math.Max(left.Text.Length, right.Text.Length) > 15
            && Utf8Parser.TryParse(left.Text.Trim((byte)' '), out decimal x, out var usedLeft) && usedLeft == left.Text.Trim((byte)' ').Length
            && Utf8Parser.TryParse(right.Text.Trim((byte)' '), out decimal y, out var usedRight) && usedRight == right.Text.Trim((byte)' ').Length
                ? x.CompareTo(y)
                : a.CompareTo(b);
    }
}
