namespace Troupe.Kernel;

/// <summary>On whose behalf a change is made; ends up in the audit entry of the change.</summary>
/// <param name="Workspace">The workspace the credential belongs to; every id is looked up in it and nowhere else.</param>
/// <param name="Actor">Who: <c>key:trp_abc…</c>, <c>token:…</c>, <c>operator</c>, <c>schedule</c>, <c>job:…</c>.</param>
/// <param name="RequestId">The request that asked, <c>req_…</c>; empty when no request did.</param>
public sealed record Caller(string Workspace, string Actor, string RequestId = "");
