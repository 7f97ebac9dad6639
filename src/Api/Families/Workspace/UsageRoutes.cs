using System.Globalization;
using Troupe.Api.Auth;
using Troupe.Identity;

namespace Troupe.Api.Families.Workspace;

/// <summary>What the workspace asked for, day by day.</summary>
internal static class UsageRoutes
{
    public static void MapUsage(this Family family) => family.Get("/usage", "settings:admin", List);

    private static async Task<Outcome<Page<UsageView>>> List(KeyCaller by, PageQuery page, IDirectory directory, string? from, string? to)
    {
        var wrong = new List<FieldError>();
        Filter?[] filters = [Day(nameof(from), from, Test.AtLeast, wrong), Day(nameof(to), to, Test.AtMost, wrong)];
        return wrong.Count > 0 ? Failure.Invalid(wrong)
            : (await page.List<UsageDay>(directory, by.Workspace, filters)).Map(days => days.Map(UsageView.Of));
    }

    private static Filter? Day(string name, string? text, Test test, List<FieldError> wrong)
    {
        if (text is not null && !DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            wrong.Add(new(name, "A day: 2026-03-01."));
        }

        return text is null ? null : new("day", test, text);
    }
}

/// <summary>A day as it is shown.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Requests">All requests that were let in.</param>
/// <param name="Operations">The same by method and pattern of the route.</param>
public sealed record UsageView(string Day, long Requests, IReadOnlyDictionary<string, long> Operations)
{
    /// <summary>The view of a day.</summary>
    public static UsageView Of(Stored<UsageDay> day) => new(day.Value.Day, day.Value.Operations.Values.Sum(), day.Value.Operations);
}
