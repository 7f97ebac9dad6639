namespace Troupe.Tests.Workspaces;

/// <summary>The contract's own examples, word for word: what is sent and what is answered. They are carried out in this order in one workspace. An id in
/// them stands for the record that an earlier line made under it, so that a line whose request names <c>com_123</c> comes after the one that answers
/// with it. One line an operation.</summary>
internal static class SeedExamples
{
    /// <summary>Method and path, the status, the body, the answer.</summary>
    public static IReadOnlyList<(string Route, int Status, string? Request, string Response)> All { get; } =
    [
        ("POST /companies", 201, """{"name": "Acme Corp", "domain": "acme.com"}""",
            """{"data": {"id": "com_123", "name": "Acme Corp", "domain": "acme.com"}, "request_id": "req_125"}"""),
        ("GET /companies", 200, null,
            """{"data": [{"id": "com_123", "name": "Acme Corp", "domain": "acme.com"}], "request_id": "req_126", "next_cursor": null}"""),
        ("POST /contacts", 201, """{"name": "Jane Doe", "email": "jane@acme.com", "company_name": "Acme Corp"}""",
            """{"data": {"id": "con_123", "name": "Jane Doe", "email": "jane@acme.com", "company_name": "Acme Corp"}, "request_id": "req_123"}"""),
        ("GET /contacts", 200, null,
            """{"data": [{"id": "con_123", "name": "Jane Doe", "email": "jane@acme.com"}], "request_id": "req_124", "next_cursor": null}"""),
        ("GET /workspace", 200, null,
            """
            {"data": {"id": "wrk_123", "name": "Sandbox Workspace",
              "enabled_modules": ["activity_log", "tasks", "crm", "support", "cms", "assets", "integrations", "analytics_governance"]}, "request_id": "req_134"}
            """),
    ];
}
