using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe cluster</c>.</summary>
internal static class ClusterCommands
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    public static Command Make(Terminal terminal) =>
        new("cluster", "Show the nodes of a running cluster, and hand a node's work over to the others.") { Status(terminal), Drain(terminal) };

    private static Command Status(Terminal terminal)
    {
        var admin = new AdminFlags();
        var command = new Verb(
            "status",
            "The nodes: what they do, how old their lease is, what lives on them.",
            "troupe cluster status",
            "troupe cluster status --json");
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var answer = await client.Send(HttpMethod.Get, "/admin/cluster", null, cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => Write(console, answer["data"]!));
            return ExitCode.Ok;
        });
    }

    private static Command Drain(Terminal terminal)
    {
        var admin = new AdminFlags();
        var id = new Argument<string>("NODE") { Description = "The node's id as 'cluster status' prints it." };
        var wait = new Option<bool>("--wait") { Description = "Come back when the node has handed over everything." };
        var command = new Verb(
            "drain",
            "Have a node hand its partitions over to the others; it takes none again until it is started anew. The last node can't be drained.",
            "troupe cluster drain 1f3a09c2b7d4e658 --wait")
        { id, wait };
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var node = parsed.GetRequiredValue(id);
            var answer = await client.Send(HttpMethod.Post, $"/admin/cluster/nodes/{Uri.EscapeDataString(node)}/drain", null, cancel);
            while (parsed.GetValue(wait) && answer["data"]!["state"]!.ToString() != "drained")
            {
                await Task.Delay(LookAgain, cancel);
                var now = (await client.Send(HttpMethod.Get, "/admin/cluster", null, cancel))["data"]!["nodes"]!.AsArray();
                var found = now.FirstOrDefault(one => one!["id"]!.ToString() == node)
                    ?? throw new Refusal(new("resource_not_found", $"{node} has left the cluster."));
                answer = new JsonObject { ["data"] = found.DeepClone() };
            }

            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => console.WriteLine($"{node} is {answer["data"]!["state"]}."));
            return ExitCode.Ok;
        });
    }

    private static void Write(IAnsiConsole console, JsonNode cluster)
    {
        var nodes = cluster["nodes"]!.AsArray();
        var table = Terminal.Grid("ID", "ADDRESS", "STATE", "ROLES", "LEASE", "PARTITIONS", "ACTIVATIONS", "QUEUED", "VERSION", "STARTED");
        foreach (var node in nodes)
        {
            var roles = string.Join(',', node!["roles"]!.AsArray().Select(role => role!.ToString()));
            JsonNode?[] cells =
            [
                node["id"], node["address"], node["state"], roles, Lease(node), node["partitions"], Sum(node["activations"]), Sum(node["queue_depths"]),
                node["version"], node["started_at"],
            ];
            table.AddRow([.. cells.Select(cell => Markup.Escape(cell?.ToString() ?? "-"))]);
        }

        console.Write(table);
        console.WriteLine();
        console.WriteLine($"{nodes.Count} {(nodes.Count == 1 ? "node" : "nodes")} on {cluster["storage"]}");
    }

    private static JsonNode Lease(JsonNode node) => node["lease_age_seconds"] is { } age
        ? $"{node["lease"]}, {age.GetValue<double>().ToString("0.0", CultureInfo.InvariantCulture)} s"
        : $"{node["lease"]}";

    private static JsonNode Sum(JsonNode? counts) => counts!.AsObject().Sum(one => one.Value!.GetValue<long>());
}
