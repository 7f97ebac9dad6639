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
        ("POST /leads", 201, """{"name": "Priya Shah", "company_name": "Northstar Studio", "source": "website"}""",
            """{"data": {"id": "lead_123", "name": "Priya Shah", "status": "new"}, "request_id": "req_200"}"""),
        ("GET /leads", 200, null, """{"data": [{"id": "lead_123", "name": "Priya Shah"}], "request_id": "req_201", "next_cursor": null}"""),
        ("POST /leads/lead_123/convert", 200, """{"create_deal": true, "deal_name": "Website redesign"}""",
            """{"data": {"id": "lead_123", "status": "converted"}, "request_id": "req_202"}"""),
        ("POST /deal-stages", 201, """{"key": "discovery", "name": "Discovery", "position": 10}""",
            """{"data": {"id": "stage_123", "key": "discovery"}, "request_id": "req_203"}"""),
        ("GET /deal-stages", 200, null, """{"data": [{"id": "stage_123", "key": "discovery"}], "request_id": "req_204", "next_cursor": null}"""),
        ("POST /deals", 201,
            """{"name": "Pilot subscription", "company_id": "com_123", "stage": "qualified", "amount_cents": 500000, "currency": "USD"}""",
            """{"data": {"id": "deal_123", "name": "Pilot subscription", "stage": "qualified"}, "request_id": "req_127"}"""),
        ("PATCH /deals/deal_123", 200, """{"stage": "proposal", "amount_cents": 750000, "currency": "USD"}""",
            """{"data": {"id": "deal_123", "stage": "proposal", "amount_cents": 750000, "currency": "USD"}, "request_id": "req_128"}"""),
        ("GET /workspace", 200, null,
            """
            {"data": {"id": "wrk_123", "name": "Sandbox Workspace",
              "enabled_modules": ["activity_log", "tasks", "crm", "support", "cms", "assets", "integrations", "analytics_governance"]}, "request_id": "req_134"}
            """),
    ];
}
