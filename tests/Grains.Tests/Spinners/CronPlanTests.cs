using FsCheck;
using FsCheck.Fluent;
using Quartz;

namespace Troupe.Spinners.Tests;

public class CronPlanTests
{
    [Theory]
    [InlineData("* * * * *", "UTC", "2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z", "2026-03-01T12:02:00Z")]
    [InlineData("* * * * *", "UTC", "2026-03-01T12:00:59.999Z", "2026-03-01T12:01:00Z")]
    [InlineData("*/15 9-10 * * *", "UTC", "2026-03-01T10:30:00Z", "2026-03-01T10:45:00Z", "2026-03-02T09:00:00Z")]
    [InlineData("5/20 0 * * *", "UTC", "2026-03-01T12:00:00Z", "2026-03-02T00:05:00Z", "2026-03-02T00:25:00Z", "2026-03-02T00:45:00Z")]
    [InlineData("30 9 * * MON-FRI", "Europe/Lisbon", "2026-03-27T12:00:00Z", "2026-03-30T08:30:00Z")] // summer time began on the 29th
    [InlineData("0 0 * * 7", "UTC", "2026-03-01T12:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("0 0 * * sun", "UTC", "2026-03-01T12:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("0 0 * * FRI-SUN", "UTC", "2026-03-01T12:00:00Z", "2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("0 0 13 * FRI", "UTC", "2026-03-01T12:00:00Z", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z", "2026-03-27T00:00:00Z",
        "2026-04-03T00:00:00Z", "2026-04-10T00:00:00Z", "2026-04-13T00:00:00Z")]
    [InlineData("0 0 */2 * MON", "UTC", "2026-03-01T12:00:00Z", "2026-03-09T00:00:00Z", "2026-03-23T00:00:00Z")] // a starred day restricts with the other
    [InlineData("0 12 29 FEB *", "UTC", "2026-03-01T12:00:00Z", "2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z")]
    [InlineData("0 12 29 2 *", "UTC", "2096-03-01T12:00:00Z", "2104-02-29T12:00:00Z")]
    [InlineData("0 0 31 * *", "UTC", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z")]
    [InlineData("0 0 1,15 JAN,jul *", "UTC", "2026-03-01T12:00:00Z", "2026-07-01T00:00:00Z", "2026-07-15T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 0 * * *", "Asia/Kathmandu", "2026-03-01T12:00:00Z", "2026-03-01T18:15:00Z")]
    public void Due_times(string cron, string zone, string after, params string[] due) => Check(cron, zone, after, due);

    [Theory]
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z",
        "2026-03-29T02:00:00Z")]
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00Z, so 02:30 is 00:30Z and 01:30Z.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
        "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("0 */2 * * *", "Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z")]
    // Lord Howe moves by half an hour: 5 April 2026, 02:00 (+11) becomes 01:30 (+10:30) at 15:00Z the day before.
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z")]
    [InlineData("45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z")]
    // São Paulo used to change at midnight: 4 November 2018, 00:00 became 01:00 at 03:00Z.
    [InlineData("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")]
    // Samoa left 30 December 2011 out.
    [InlineData("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z")]
    // Moscow moved its standard time back on 26 October 2014, 02:00 became 01:00 at 22:00Z the day before.
    [InlineData("30 1 * * *", "Europe/Moscow", "2014-10-25T00:00:00Z", "2014-10-25T21:30:00Z", "2014-10-26T22:30:00Z")]
    public void Clock_changes(string cron, string zone, string after, params string[] due) => Check(cron, zone, after, due);

    [Theory]
    [InlineData("", "five fields")]
    [InlineData("* * * *", "five fields")]
    [InlineData("0 * * * * *", "five fields")]
    [InlineData("@daily", "five fields")]
    [InlineData("60 * * * *", "minute '60'")]
    [InlineData("* 24 * * *", "hour '24'")]
    [InlineData("* * 0 * *", "day of month '0'")]
    [InlineData("* * * 13 *", "month '13'")]
    [InlineData("* * * * 8", "day of week '8'")]
    [InlineData("* * * MAI *", "month 'MAI'")]
    [InlineData("JAN * * * *", "minute 'JAN'")]
    [InlineData("5-1 * * * *", "minute '5-1'")]
    [InlineData("1,,2 * * * *", "minute ''")]
    [InlineData("*/0 * * * *", "a step is a whole number from 1 to 59")]
    [InlineData("*/ * * * *", "a step is")]
    [InlineData("*-5 * * * *", "minute '*-5'")]
    [InlineData("+5 * * * *", "minute '+5'")]
    [InlineData("1-2-3 * * * *", "minute '1-2-3'")]
    [InlineData("? * * * *", "minute '?'")]
    [InlineData("* * L * *", "day of month 'L'")]
    [InlineData("0 0 31 2 *", "never due")]
    [InlineData("0 0 30 FEB *", "never due")]
    public void Refuses(string cron, string problem)
    {
        var failure = CronPlan.Parse(cron, "UTC").Failure;
        Assert.Equal("cron", Assert.Single(failure!.Fields).Field);
        Assert.Contains(problem, failure.Fields[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Europe/Atlantis")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("W. Europe Standard Time")]
    public void Refuses_zones(string zone) => Assert.Equal("time_zone", CronPlan.Parse("* * * * *", zone).Failure!.Fields.Single().Field);

    [Fact]
    public void All_problems_come_at_once() => Assert.Equal(4, CronPlan.Parse("60 24 * 13 *", "x").Failure!.Fields.Count);

    /// <summary>Without clock changes, and with one of the days starred, another implementation must agree on every due time.</summary>
    [Fact]
    public void Agrees_with_quartz()
    {
        var minutes = Field(0, 59, 6);
        var hours = Field(0, 23, 6);
        var expressions =
            from minute in minutes
            from hour in hours
            from month in Field(1, 12, 3)
            from byWeek in Gen.Elements(true, false)
            from day in byWeek ? Field(0, 6, 3) : Field(1, 28, 5)
            from start in Gen.Choose(0, 4 * 365 * 24 * 60)
            select (Cron: byWeek ? $"{minute} {hour} * {month} {day}" : $"{minute} {hour} {day} {month} *",
                Quartz: byWeek ? $"0 {minute} {hour} ? {month} {Shifted(day)}" : $"0 {minute} {hour} {day} {month} ?", start);
        Prop.ForAll(expressions.ToArbitrary(), sample =>
        {
            var after = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(sample.start);
            var mine = CronPlan.Parse(sample.Cron, "UTC").Value!.Next(after, 5);
            var oracle = new CronExpression(sample.Quartz) { TimeZone = TimeZoneInfo.Utc };
            var (theirs, at) = (new List<DateTimeOffset>(), after);
            for (var i = 0; i < 5; i++)
            {
                theirs.Add(at = oracle.GetTimeAfter(at)!.Value);
            }

            return mine.SequenceEqual(theirs);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>In every zone: due times grow, and each shows a matching local time unless a clock change lies right before it.</summary>
    [Fact]
    public void Due_times_grow_in_every_zone()
    {
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones().Where(z => z.Id.Contains('/', StringComparison.Ordinal) && z.SupportsDaylightSavingTime))
        {
            var plan = CronPlan.Parse("30 1,2 * * *", zone.Id).Value!;
            var at = Rig.Noon;
            foreach (var due in plan.Next(at, 550))
            {
                var local = TimeZoneInfo.ConvertTime(due, zone);
                var changed = zone.GetUtcOffset(due.AddMinutes(-1)) != zone.GetUtcOffset(due);
                Assert.True(due > at && due - at < TimeSpan.FromHours(28) && (changed || (local.Minute == 30 && local.Hour is 1 or 2)), $"{zone.Id} {due}");
                at = due;
            }
        }
    }

    private static Gen<string> Field(int least, int most, int longest) => Gen.OneOf(
        Gen.Constant("*"),
        Gen.Choose(least, most).Select(n => $"{n}"),
        Gen.Choose(least, most - 1).SelectMany(from => Gen.Choose(from + 1, most).Select(to => $"{from}-{to}")),
        Gen.Choose(2, Math.Min(9, most)).Select(step => $"*/{step}"),
        Gen.ArrayOf(Gen.Choose(least, most), longest).Select(list => string.Join(',', list.Distinct().Order())));

    /// <summary>Quartz counts the days of the week from 1.</summary>
    private static string Shifted(string day) => day.StartsWith('*')
        ? day.Length == 1 ? day : string.Join(',', Enumerable.Range(0, 7).Where(d => d % int.Parse(day[2..]) == 0).Select(d => d + 1))
        : string.Concat(day.Select(c => char.IsAsciiDigit(c) ? (char)(c + 1) : c));

    private static void Check(string cron, string zone, string after, string[] due)
    {
        var plan = CronPlan.Parse(cron, zone);
        Assert.True(plan.Ok, plan.Failure?.Message);
        Assert.Equal(due.Select(d => DateTimeOffset.Parse(d)), plan.Value!.Next(DateTimeOffset.Parse(after), due.Length));
    }
}
