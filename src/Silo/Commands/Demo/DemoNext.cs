using System.Text.Json;

namespace Troupe.Silo.Commands.Demo;

/// <summary>How to go on with a server that is left running: lines that work when pasted.</summary>
internal sealed class DemoNext(DemoServer server, DemoStory story, string admin, string spinner, DemoRows rows)
{
    /// <summary>Where the server listens.</summary>
    public Uri Address { get; } = server.Address;

    /// <summary>The server's data directory.</summary>
    public string Data => server.Data;

    /// <summary>The process to stop when done.</summary>
    public int ProcessId { get; } = server.ProcessId;

    /// <summary>A published spinner that needs no receiver; the demo's own stops with the demo.</summary>
    public string Spinner => spinner;

    /// <summary>Prints the lines.</summary>
    public void Show(DemoScreen screen)
    {
        var root = server.Address.ToString().TrimEnd('/');
        var records = JsonSerializer.Serialize(new { records = rows.Tail.Take(1) }).Replace("'", "'\\''", StringComparison.Ordinal);
        screen.Say();
        screen.Say("still up", $"process {ProcessId}, data in {server.Data}; paste these to go on:");
        foreach (var line in (string[])
        [
            $"export TROUPE={root} KEY={story.Key}",
            $"curl -s $TROUPE/api/v1/data-tables/{story.Table} -H \"Authorization: Bearer $KEY\"",
            $"curl -s \"$TROUPE/api/v1/jobs/{story.Job}/records?disposition=warm&limit=2\" -H \"Authorization: Bearer $KEY\"",
            $"curl -s {story.Webhook} -H 'Content-Type: application/json' -d '{records}'",
            $"curl -s -X POST $TROUPE/api/v1/public/trigger/{spinner} -H \"Authorization: Bearer $KEY\"",
            "curl -s $TROUPE/api/v1/jobs -H \"Authorization: Bearer $KEY\"",
            $"curl -s $TROUPE/admin/cluster -H 'Authorization: Bearer {admin}'",
            $"kill {ProcessId}; rm -r {server.Data}",
        ])
        {
            screen.Say("  " + line);
        }
    }
}
