using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>A condition, compiled to a tree.</summary>
internal abstract class Condition
{
    /// <summary>Whether it holds for a record.</summary>
    public abstract bool Holds(RunningRecord record);

    internal sealed class Not(Condition inner) : Condition
    {
        public override bool Holds(RunningRecord record) => !inner.Holds(record);
    }

    internal sealed class And(Condition left, Condition right) : Condition
    {
        public override bool Holds(RunningRecord record) => left.Holds(record) && right.Holds(record);
    }

    internal sealed class Or(Condition left, Condition right) : Condition
    {
        public override bool Holds(RunningRecord record) => left.Holds(record) || right.Holds(record);
    }

    internal sealed class Truth(Operand operand) : Condition
    {
        public override bool Holds(RunningRecord record) => operand.Read(record).Truth;
    }

    internal sealed class Equal(Operand left, Operand right, bool wanted) : Condition
    {
        public override bool Holds(RunningRecord record) => Comparison.AreEqual(left.Read(record), right.Read(record)) == wanted;
    }

    internal sealed class Ordered(Operand left, Operand right, bool less, bool orEqual) : Condition
    {
        public override bool Holds(RunningRecord record) => Comparison.Order(left.Read(record), right.Read(record)) switch
        {
            null => false,
            0 => orEqual,
            < 0 => less,
            _ => !less,
        };
    }

    /// <summary>Whether the item is an element of the list, or a part of the text.</summary>
    internal sealed class In(Operand item, Operand whole) : Condition
    {
        public override bool Holds(RunningRecord record)
        {
            var wanted = item.Read(record);
            var place = whole.Read(record);
            if (place.Kind == ValueKind.String)
            {
                return wanted.Kind is ValueKind.String or ValueKind.Number && place.Text.IndexOf(wanted.Text) >= 0;
            }

            return place.Kind == ValueKind.List && HasElement(place.Text, wanted);
        }

        private static bool HasElement(ReadOnlySpan<byte> list, Value wanted)
        {
            var reader = new Utf8JsonReader(list);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (Comparison.AreEqual(Value.Of(JsonSlice.Current(ref reader, list)), wanted))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the item equals one of the operands written as a list.</summary>
    internal sealed class InList(Operand item, Operand[] list) : Condition
    {
        public override bool Holds(RunningRecord record)
        {
            var wanted = item.Read(record);
            foreach (var element in list)
            {
                if (Comparison.AreEqual(wanted, element.Read(record)))
                {
                    return true;
                }
            }

            return false;
        }
    }
}

/// <summary>A value of a condition: a literal or a path.</summary>
internal sealed class Operand
{
    private readonly byte[] _literal = [];
    private readonly bool _text;
    private readonly Reference? _path;

    /// <summary>A literal: a string's plain text, or anything else as JSON.</summary>
    public Operand(byte[] literal, bool text) => (_literal, _text) = (literal, text);

    /// <summary>A path.</summary>
    public Operand(Reference path) => _path = path;

    /// <summary>The value for a record.</summary>
    public Value Read(RunningRecord record) => _path is not null ? Value.Of(_path.Read(record)) : _text ? Value.OfText(_literal) : Value.Of(_literal);
}
