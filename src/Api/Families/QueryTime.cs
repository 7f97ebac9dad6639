using System.Globalization;

namespace Troupe.Api.Families;

/// <summary>Times in query parameters.</summary>
internal static class QueryTime
{
    /// <summary>Milliseconds since 1970 of a time or a date, UTC unless it says otherwise; null, with a complaint, when it is neither.</summary>
    public static long? Read(string name, string text, List<FieldError> wrong)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.ToUnixTimeMilliseconds();
        }

        wrong.Add(new(name, "A time: 2026-03-01T12:00:00Z."));
        return null;
    }
}
