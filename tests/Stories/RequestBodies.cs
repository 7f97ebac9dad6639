namespace Troupe.Tests;

/// <summary>A good body for every route that takes one. A new route that takes a body gets its line here; the walk fails until it has one.</summary>
public static class RequestBodies
{
    private const string Json = "application/json";
    private const string Csv = "text/csv";

    private static readonly Dictionary<string, (string Type, Func<WalkedIds, string>? Body)> Known = new()
    {
        ["POST /admin/workspaces"] = (Json, _ => """{"name": "Pier"}"""),
        ["PATCH /admin/workspaces/{id}"] = (Json, _ => """{"name": "Pier"}"""),
        ["PUT /admin/workspaces/{id}/plan"] = (Json, _ => """{"plan": "pro"}"""),
        ["POST /admin/workspaces/{id}/keys"] = (Json, _ => """{"name": "walk", "scopes": ["ingest"]}"""),
        ["POST /admin/cluster/nodes/{id}/drain"] = (Json, null),
        ["POST /api/v1/data-tables"] = (Json, _ => """{"name": "Leads"}"""),
        ["PATCH /api/v1/data-tables/{id}"] = (Json, _ => """{"name": "Leads"}"""),
        ["POST /api/v1/data-tables/{id}/import"] = (Csv, _ => "name\nMia Wong\n"),
        ["POST /api/v1/data-tables/{id}/append"] = (Csv, _ => "name\nMia Wong\n"),
        ["POST /api/v1/data-tables/{id}/ingest-webhook"] = (Json, null),
        ["POST /api/v1/contacts"] = (Json, _ => """{"name": "Mia Wong"}"""),
        ["PATCH /api/v1/contacts/{id}"] = (Json, _ => """{"name": "Mia Wong"}"""),
        ["POST /api/v1/contacts/bulk"] = (Json, _ => """{"items": [{"name": "Mia Wong"}]}"""),
        ["POST /api/v1/companies"] = (Json, _ => """{"name": "Harbor Works"}"""),
        ["PATCH /api/v1/companies/{id}"] = (Json, _ => """{"name": "Harbor Works"}"""),
        ["POST /api/v1/companies/bulk"] = (Json, _ => """{"items": [{"name": "Harbor Works"}]}"""),
        ["POST /api/v1/leads"] = (Json, _ => """{"name": "Priya Shah", "company_name": "Northstar Studio"}"""),
        ["PATCH /api/v1/leads/{id}"] = (Json, _ => """{"status": "working"}"""),
        ["POST /api/v1/leads/bulk"] = (Json, _ => """{"items": [{"name": "Priya Shah"}]}"""),
        ["POST /api/v1/leads/{id}/convert"] = (Json, _ => """{"deal_name": "Redesign"}"""),
        ["POST /api/v1/deals"] = (Json, _ => """{"name": "Redesign"}"""),
        ["PATCH /api/v1/deals/{id}"] = (Json, _ => """{"stage": "won"}"""),
        ["POST /api/v1/deals/bulk"] = (Json, _ => """{"items": [{"name": "Redesign"}]}"""),
        ["POST /api/v1/deal-stages"] = (Json, _ => $$"""{"key": "{{Fresh}}"}"""),
        ["PATCH /api/v1/deal-stages/{id}"] = (Json, _ => """{"name": "Discovery"}"""),
        ["POST /api/v1/deal-stages/bulk"] = (Json, _ => $$"""{"items": [{"key": "{{Fresh}}"}]}"""),
        ["POST /api/v1/spinners"] = (Json, ids => Spinner(ids)),
        ["PATCH /api/v1/spinners/{id}"] = (Json, _ => """{"name": "Welcome"}"""),
        ["POST /api/v1/spinners/{id}/publish"] = (Json, null),
        ["POST /api/v1/spinners/{id}/run"] = (Json, _ => "{}"),
        ["PUT /api/v1/spinners/{id}/schedule"] = (Json, _ => """{"cron": "0 9 * * 1", "time_zone": "Europe/Berlin"}"""),
        ["POST /api/v1/jobs/{id}/cancel"] = (Json, null),
        ["POST /api/v1/jobs/{id}/pause"] = (Json, null),
        ["POST /api/v1/jobs/{id}/resume"] = (Json, null),
        ["POST /api/v1/public/ingest"] = (Json, ids => $$"""{"dataTableId": "{{ids.Table}}", "records": [{"name": "Mia Wong"}]}"""),
        ["POST /api/v1/public/data-tables/ingest/{token}"] = (Json, _ => """{"records": [{"name": "Mia Wong"}]}"""),
        ["POST /api/v1/public/trigger/{spinnerId}"] = (Json, null),
    };

    /// <summary>A value for a member that no two records share: another one each time.</summary>
    private static string Fresh => $"k{Guid.NewGuid():N}";

    /// <summary>Whether the route reads a JSON body.</summary>
    public static bool IsJson(string route) => Known.TryGetValue(route, out var known) && known is { Type: Json, Body: not null };

    /// <summary>The content type and a good body; no body for routes that need none.</summary>
    public static (string Type, string? Body) For(string route, WalkedIds ids)
    {
        if (Known.TryGetValue(route, out var known))
        {
            return (known.Type, known.Body?.Invoke(ids));
        }

        return route.StartsWith("GET ", StringComparison.Ordinal) || route.StartsWith("DELETE ", StringComparison.Ordinal)
            ? (Json, null)
            : throw new InvalidOperationException($"{route}: tell RequestBodies what a good body is, or that it takes none.");
    }

    private static string Spinner(WalkedIds ids) =>
        $$"""{"name": "Welcome", "table_id": "{{ids.Table}}", "steps": [{"id": "hi", "type": "tag", "disposition": "greeted"}]}""";
}
