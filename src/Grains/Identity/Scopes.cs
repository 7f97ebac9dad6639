using System.Collections.Frozen;

namespace Troupe.Identity;

/// <summary>What a key may do. <c>write</c> does not imply <c>read</c> [workspace-api.md section 2.4].</summary>
public static class Scopes
{
    private static readonly FrozenDictionary<string, string> ModuleByArea = new Dictionary<string, string>
    {
        ["crm"] = "crm",
        ["support"] = "support",
        ["tasks"] = "tasks",
        ["activity"] = "activity_log",
        ["cms"] = "cms",
        ["assets"] = "assets",
        ["integrations"] = "integrations",
        ["analytics"] = "analytics_governance",
        ["bi"] = "product_analytics_bi",
    }.ToFrozenDictionary();

    /// <summary>Every scope there is: the twenty of the workspace contract, those of our own routes, and those of the other families.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "crm:read", "crm:write", "support:read", "support:write", "tasks:read", "tasks:write", "activity:read", "activity:write",
        "cms:read", "cms:write", "assets:read", "assets:write", "integrations:read", "integrations:write", "analytics:read", "analytics:write",
        "bi:read", "bi:write", "audit:read", "settings:admin",
        "tables:read", "tables:write", "spinners:read", "spinners:write", "jobs:read", "jobs:write", "keys:admin",
        "ingest", "trigger", "read",
    ];

    /// <summary>Every module a workspace may switch on or off [workspace-api.md section 2.5].</summary>
    public static IReadOnlyList<string> Modules { get; } = [.. ModuleByArea.Values];

    /// <summary>The module a scope belongs to; null for scopes that work without one.</summary>
    public static string? ModuleOf(string scope)
    {
        var colon = scope.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? ModuleByArea.GetValueOrDefault(scope[..colon]) : null;
    }
}
