using System.Text;
using Troupe.Api.Auth;

namespace Troupe.Api.Families.Workspace;

/// <summary>Who did what: the entry of each change, stored with it.</summary>
internal static class AuditRoutes
{
    public static void MapAudit(this Family family) => family.Get("/audit-events", "audit:read", List);

    private static async Task<Outcome<Page<AuditView>>> List(
        KeyCaller by, PageQuery page, IAuditLog audit, string? actor_id, string? resource_type, string? resource_id, string? action, string? from, string? to,
        CancellationToken cancel)
    {
        var wrong = new List<FieldError>();
        Filter?[] filters =
        [
            PageQuery.Where("actor", actor_id), PageQuery.Where("subject", resource_id), PageQuery.Where("action", action),
            // An action is "kind.verb"; the sign after the full stop ends the actions of a kind.
            resource_type is null ? null : new("action", Test.AtLeast, resource_type + "."),
            resource_type is null ? null : new("action", Test.Less, resource_type + "/"),
            Time(nameof(from), from, Test.AtLeast, wrong), Time(nameof(to), to, Test.Less, wrong),
        ];
        return !page.Value.Ok ? page.Value.Failure
            : wrong.Count > 0 ? Failure.Invalid(wrong)
            : (await audit.List(by.Workspace, page.Value.Value with { Filters = [.. filters.OfType<Filter>()] }, cancel)).Map(entry => AuditView.Of(entry, by));
    }

    private static Filter? Time(string name, string? text, Test test, List<FieldError> wrong) =>
        text is not null && QueryTime.Read(name, text, wrong) is { } time ? new("time", test, time) : null;
}

/// <summary>An audit entry as it is shown.</summary>
/// <param name="ActorId">Who: <c>key:trp_…</c>, <c>operator</c>, ….</param>
/// <param name="Source">Through which door: <c>api</c>, <c>mcp</c>, <c>admin</c>, <c>system</c>.</param>
/// <param name="Operation">Method and pattern of the route; empty when no request asked.</param>
/// <param name="Action"><c>kind.verb</c> in the past.</param>
/// <param name="InputHash">SHA-256 of method, path and body; empty when no request asked.</param>
/// <param name="Before">The record before; null when it was made.</param>
/// <param name="After">The record after; null when it was deleted.</param>
public sealed record AuditView(
    string Id, string WorkspaceId, string ActorId, string Source, RawJson Operation, string ResourceType, string ResourceId, string Action, string RequestId,
    RawJson InputHash, RawJson Before, RawJson After, DateTimeOffset CreatedAt)
{
    private static readonly ReadOnlyMemory<byte> Untold = Encoding.UTF8.GetBytes("{}");

    /// <summary>The view of an entry.</summary>
    public static AuditView Of(AuditEntry entry, KeyCaller by)
    {
        var detail = new RecordParts(entry.Detail.IsEmpty ? Untold : entry.Detail);
        return new(
            entry.Id, by.Workspace, entry.Actor, new Caller(by.Workspace, entry.Actor).Source, detail["operation"], entry.Action.Split('.')[0], entry.Subject,
            entry.Action, entry.RequestId, detail["input_hash"], detail["before"], detail["after"], entry.Time);
    }
}
