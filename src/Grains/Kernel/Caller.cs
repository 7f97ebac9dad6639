using System.Text.Json.Serialization;

namespace Troupe.Kernel;

/// <summary>On whose behalf a change is made; ends up in the audit entry of the change.</summary>
/// <param name="Workspace">The workspace the credential belongs to; every id is looked up in it and nowhere else.</param>
/// <param name="Actor">Who: <c>key:trp_abc…</c>, <c>token:…</c>, <c>operator</c>, <c>schedule</c>, <c>job:…</c>.</param>
/// <param name="RequestId">The request that asked, <c>req_…</c>; empty when no request did.</param>
public sealed record Caller(string Workspace, string Actor, string RequestId = "")
{
    /// <summary>What was asked: method and pattern of the route, <c>PATCH /api/v1/contacts/{id}</c>; empty when no request did.</summary>
    public string Operation { get; init; } = "";

    /// <summary>SHA-256, hexadecimal, of method, path and body without its idempotency key; empty when no request asked.</summary>
    public string InputHash { get; init; } = "";

    /// <summary>The idempotency key, unique within workspace and operation; null without one. A grain that calls another one on the way passes
    /// <c>by with { Key = null }</c>: the key is for the answer of the first.</summary>
    public string? Key { get; init; }

    /// <summary>Through which door: <c>api</c>, <c>mcp</c>, <c>admin</c> or <c>system</c> [workspace-api.md section 1.6].</summary>
    [JsonIgnore]
    public string Source => Actor.Split(':')[0] switch { "key" or "token" => "api", "mcp" => "mcp", "operator" => "admin", _ => "system" };

    /// <summary>The actor if it is an agent, else null.</summary>
    [JsonIgnore]
    public string? Agent => Actor.StartsWith("mcp:", StringComparison.Ordinal) ? Actor : null;
}

/// <summary>What a decision may know of the moment: pure decisions take the time from here.</summary>
/// <param name="By">On whose behalf.</param>
/// <param name="Now">The time of the change, UTC, whole milliseconds.</param>
public sealed record Act(Caller By, DateTimeOffset Now);
