namespace Troupe.Tests.Jobs;

/// <summary>Definitions that tests run.</summary>
internal static class Steps
{
    /// <summary>Three steps that never leave the process.</summary>
    public const string Local = """
        [ { "id": "greet", "type": "set", "fields": { "message": "Hello {{name}}" }, "next": "which" },
          { "id": "which", "type": "decision", "otherwise": "cold",
            "branches": [ { "when": "payload.account_id == \"A-7\"", "label": "seven", "next": "hot" } ] },
          { "id": "hot", "type": "tag", "disposition": "hot" },
          { "id": "cold", "type": "tag", "disposition": "cold" } ]
        """;

    /// <summary>One call outside, once.</summary>
    public const string Call = """
        [ { "id": "call", "type": "http", "method": "POST", "url": "https://example.com/score", "body": { "id": "{{payload.account_id}}" },
            "output": "score", "retry": { "attempts": 1, "backoff_seconds": 1 }, "next": "tag" },
          { "id": "tag", "type": "tag", "disposition": "called" } ]
        """;

    /// <summary>A wait of an hour before the end.</summary>
    public const string Wait = """
        [ { "id": "greet", "type": "set", "fields": { "message": "Hello {{name}}" }, "next": "later" },
          { "id": "later", "type": "wait", "seconds": 3600, "next": "tag" },
          { "id": "tag", "type": "tag", "disposition": "waited" } ]
        """;
}
