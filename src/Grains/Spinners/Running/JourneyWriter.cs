namespace Troupe.Spinners;

/// <summary>The journey of a record as JSON, written entry by entry.</summary>
internal sealed class JourneyWriter
{
    private readonly BoundedText _entries = new(int.MaxValue);
    private int _count;

    /// <summary>The entries with their commas, without brackets.</summary>
    public ReadOnlySpan<byte> Written => _entries.Written;

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _entries.Clear();
        _count = 0;
    }

    /// <summary>Takes over the entries of a stored record.</summary>
    public void Restore(ReadOnlySpan<byte> entries, int count)
    {
        _entries.Write(entries);
        _count = count;
    }

    /// <summary>Adds an entry; a long message is cut. False when the journey is full.</summary>
    public bool Add(StepNode step, ReadOnlySpan<byte> outcome, ReadOnlySpan<byte> message, DateTimeOffset at, int attempt)
    {
        if (_count == Limits.JourneyEntries)
        {
            return false;
        }

        _entries.Write(_count++ == 0 ? ""u8 : ","u8);
        _entries.Write(step.Head);
        _entries.Write(outcome);
        if (!message.IsEmpty)
        {
            _entries.Write("\",\"message\":\""u8);
            JsonText.Escape(JsonText.Cut(message, Limits.JourneyMessageBytes), _entries);
        }

        _entries.Write("\",\"at\":\""u8);
        WriteTime(at, _entries);
        _entries.Write("\",\"attempt\":"u8);
        _entries.Write(attempt);
        _entries.Write("}"u8);
        return true;
    }

    /// <summary>Writes a time as <c>2026-03-01T12:00:00.000Z</c>.</summary>
    public static void WriteTime(DateTimeOffset time, BoundedText into)
    {
        Span<byte> text = stackalloc byte[24];
        WriteTime(time, text);
        into.Write(text);
    }

    /// <summary>Writes a time into 24 bytes.</summary>
    public static void WriteTime(DateTimeOffset time, Span<byte> room)
    {
        "0000-00-00T00:00:00.000Z"u8.CopyTo(room);
        time.UtcDateTime.Deconstruct(out var date, out var clock);
        date.Deconstruct(out var year, out var month, out var day);
        Digits(room[..4], year);
        Digits(room[5..7], month);
        Digits(room[8..10], day);
        Digits(room[11..13], clock.Hour);
        Digits(room[14..16], clock.Minute);
        Digits(room[17..19], clock.Second);
        Digits(room[20..23], clock.Millisecond);
    }

    private static void Digits(Span<byte> room, int value)
    {
        for (var at = room.Length - 1; at >= 0; at--, value /= 10)
        {
            room[at] = (byte)('0' + (value % 10));
        }
    }
}
