namespace Troupe.Spinners;

/// <summary>A cron expression in a time zone: tells when the next run is due. Minute, hour, day of month, month, day of week (0 and 7 are Sunday), as
/// crontab(5):
/// when both days are restricted, either of them is enough.
/// A local time that a clock change leaves out is due at the moment of the change. A local time that happens twice is due the first time only, unless the
/// expression is due in every hour: then the repeated hour counts like any other.</summary>
public sealed class CronPlan
{
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromHours(3);

    // A date falls on the same day of the week after 40 years at the latest, 29 February over a century's end included.
    private const int DaysSearched = 366 * 41;

    private readonly CronField[] _fields;
    private readonly LocalTime _local;

    private CronPlan(CronField[] fields, TimeZoneInfo zone) => (_fields, _local) = (fields, new(zone));

    /// <summary>Reads both; a refusal names the field (<c>cron</c> or <c>time_zone</c>).</summary>
    public static Outcome<CronPlan> Parse(string cron, string timeZone)
    {
        var errors = new List<FieldError>();
        var fields = Fields(cron, errors);
        var zone = Zone(timeZone);
        if (zone is null)
        {
            errors.Add(new("time_zone", $"'{timeZone}' is no time zone known here; write an IANA name such as Europe/Lisbon, or UTC."));
        }

        if (errors.Count > 0)
        {
            return Failure.Invalid(errors);
        }

        var plan = new CronPlan(fields, zone!);
        return plan.Days(new(2000, 1, 1)).Any() ? plan : Failure.Invalid("cron", $"'{cron}' is never due: no month has such a day.");
    }

    /// <summary>The first due time strictly after a moment, in UTC.</summary>
    public DateTimeOffset Next(DateTimeOffset after)
    {
        var everyHour = _fields[1].Bits == (1UL << 24) - 1;
        DateTimeOffset? best = null;
        foreach (var wall in Walls(_local.Of(after) - LongestOverlap))
        {
            // Later local times can be earlier moments only within one overlap.
            if (best is { } found && wall > _local.Of(found) + LongestOverlap)
            {
                break;
            }

            foreach (var moment in _local.Moments(wall, both: everyHour))
            {
                best = moment > after && (best is null || moment < best) ? moment : best;
            }
        }

        return best ?? throw new InvalidOperationException("A plan that was parsed is due some day.");
    }

    /// <summary>The next due times after a moment, in order.</summary>
    public IReadOnlyList<DateTimeOffset> Next(DateTimeOffset after, int count)
    {
        var due = new DateTimeOffset[count];
        for (var index = 0; index < count; index++)
        {
            due[index] = after = Next(after);
        }

        return due;
    }

    private static CronField[] Fields(string cron, List<FieldError> errors)
    {
        var fields = new CronField[5];
        var texts = cron.Length > Limits.CronLength ? [] : cron.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length != 5)
        {
            var names = string.Join(", ", CronField.All.Select(f => f.Name));
            errors.Add(new("cron", $"A cron expression has five fields ({names}) and at most {Limits.CronLength} characters; e.g. '30 9 * * MON-FRI'."));
            return fields;
        }

        for (var index = 0; index < 5; index++)
        {
            if (CronField.Parse(texts[index], index, out fields[index]) is { } error)
            {
                errors.Add(new("cron", $"Cron field {error}."));
            }
        }

        return fields;
    }

    private static TimeZoneInfo? Zone(string name)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '/'))
        {
            return null;
        }

        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        catch (Exception unknown) when (unknown is TimeZoneNotFoundException or InvalidTimeZoneException or System.Security.SecurityException)
        {
            return null;
        }
    }

    /// <summary>Local times that match, in order, from a local time on.</summary>
    private IEnumerable<DateTime> Walls(DateTime from)
    {
        foreach (var day in Days(DateOnly.FromDateTime(from)))
        {
            for (var hour = 0; hour < 24; hour++)
            {
                for (var minute = 0; _fields[1].Has(hour) && minute < 60; minute++)
                {
                    var wall = day.ToDateTime(new(hour, minute));
                    if (_fields[0].Has(minute) && wall >= from)
                    {
                        yield return wall;
                    }
                }
            }
        }
    }

    private IEnumerable<DateOnly> Days(DateOnly from)
    {
        for (var ahead = 0; ahead < DaysSearched && from.DayNumber + ahead <= DateOnly.MaxValue.DayNumber; ahead++)
        {
            var day = from.AddDays(ahead);
            var ofMonth = _fields[2].Has(day.Day);
            var ofWeek = _fields[4].Has((int)day.DayOfWeek);
            var either = !_fields[2].Starred && !_fields[4].Starred;
            if (_fields[3].Has(day.Month) && (either ? ofMonth || ofWeek : ofMonth && ofWeek))
            {
                yield return day;
            }
        }
    }
}
