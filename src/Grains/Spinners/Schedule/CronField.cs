namespace Troupe.Spinners;

/// <summary>One field of a cron expression as a set of numbers, bit by bit.</summary>
/// <param name="Bits">Bit n is set when n matches.</param>
/// <param name="Starred">The field starts with <c>*</c>: it does not restrict the day on its own (see <see cref="CronPlan"/>).</param>
internal readonly record struct CronField(ulong Bits, bool Starred)
{
    private static readonly string[] Months = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The five fields in order: name, lowest and highest number, names for numbers.</summary>
    public static readonly (string Name, int Least, int Most, string[] Names)[] All =
    [
        ("minute", 0, 59, []), ("hour", 0, 23, []), ("day of month", 1, 31, []), ("month", 1, 12, Months), ("day of week", 0, 7, Days),
    ];

    /// <summary>Whether a number matches.</summary>
    public bool Has(int number) => (Bits & (1UL << number)) != 0;

    /// <summary>Reads a field: <c>*</c>, a number or name, <c>a-b</c>, each with <c>/step</c>, joined by commas. Gives what is wrong, or null.</summary>
    public static string? Parse(string text, int index, out CronField field)
    {
        var (name, least, most, names) = All[index];
        var bits = 0UL;
        field = default;
        foreach (var part in text.Split(','))
        {
            var slash = part.IndexOf('/', StringComparison.Ordinal);
            var range = slash < 0 ? part : part[..slash];
            var step = 1;
            if (slash >= 0 && !(TryDigits(part[(slash + 1)..], out step) && step >= 1 && step <= most))
            {
                return $"{name} '{part}': a step is a whole number from 1 to {most}";
            }

            if (Range(range, slash >= 0, index) is not var (from, to))
            {
                var named = names.Length > 0 ? $" or {names[^2]}, {names[^1]} …" : "";
                return $"{name} '{part}': write {least}-{most}{named}, '*', a range a-b with a below b, or a list of these";
            }

            for (var number = from; number <= to; number += step)
            {
                bits |= 1UL << number;
            }
        }

        if (index == 4 && (bits & (1UL << 7)) != 0)
        {
            bits = (bits | 1) & ~(1UL << 7); // 7 is Sunday, as 0
        }

        field = new(bits, text[0] == '*');
        return null;
    }

    private static (int From, int To)? Range(string text, bool stepped, int index)
    {
        var (_, least, most, names) = All[index];
        if (text == "*")
        {
            return (least, index == 4 ? 6 : most);
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryNumber(dash < 0 ? text : text[..dash], index, names, out var from))
        {
            return null;
        }

        var to = stepped ? (index == 4 ? 6 : most) : from; // a/n counts on to the end of the field
        if (dash >= 0 && !TryNumber(text[(dash + 1)..], index, names, out to))
        {
            return null;
        }

        to = index == 4 && dash >= 0 && to == 0 && from > 0 ? 7 : to; // FRI-SUN
        return from >= least && to <= most && from <= to ? (from, to) : null;
    }

    private static bool TryNumber(string text, int index, string[] names, out int number)
    {
        number = Array.FindIndex(names, name => name.Length > 0 && name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return number >= 0 || (TryDigits(text, out number) && number >= All[index].Least && number <= All[index].Most);
    }

    private static bool TryDigits(string text, out int number)
    {
        number = 0;
        return text.Length is 1 or 2 && text.All(char.IsAsciiDigit) && int.TryParse(text, out number);
    }
}
