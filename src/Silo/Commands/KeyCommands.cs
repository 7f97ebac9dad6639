using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe keys</c>.</summary>
internal static class KeyCommands
{
    public static Command Make(Terminal terminal) =>
        new("keys", "Make, list and revoke API keys of a workspace of a running server.") { Create(terminal), List(terminal), Revoke(terminal) };

    private static Option<string> Workspace() => new("--workspace", "-w") { Description = "Id of the workspace, wrk_….", Required = true, HelpName = "ID" };

    private static Command Create(Terminal terminal)
    {
        var admin = new AdminFlags();
        var workspace = Workspace();
        var name = new Argument<string>("NAME") { Description = "Name for people." };
        var scopes = new Option<string[]>("--scopes", "-s")
        {
            Description = "What the key may do, separated by commas or spaces, e.g. ingest,trigger,tables:read.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            HelpName = "SCOPES",
        };
        var command = new Verb(
            "create",
            "Make an API key and print it. It is shown this once; only its prefix and a hash are kept.",
            "troupe keys create \"CRM push\" --workspace wrk_0197… --scopes ingest,trigger",
            "troupe keys create reader -w wrk_0197… -s tables:read -s jobs:read --json")
        { name, workspace, scopes };
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var wanted = parsed.GetRequiredValue(scopes).SelectMany(text => text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries));
            var answer =
                await client.Send(HttpMethod.Post, Path(parsed.GetRequiredValue(workspace)), new { name = parsed.GetValue(name), scopes = wanted }, cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => console.WriteLine(answer["data"]!["key"]!.ToString()));
            return ExitCode.Ok;
        });
    }

    private static Command List(Terminal terminal)
    {
        var admin = new AdminFlags();
        var workspace = Workspace();
        var command = new Verb(
            "list",
            "List the keys of a workspace without their secrets, the newest first.",
            "troupe keys list --workspace wrk_0197…",
            "troupe keys list -w wrk_0197… --json")
        { workspace };
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var all = await client.List(Path(parsed.GetRequiredValue(workspace)), cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), new JsonObject { ["data"] = all }, console =>
            {
                var table = Terminal.Grid("ID", "PREFIX", "STATUS", "LAST USED", "SCOPES", "NAME");
                foreach (var one in all)
                {
                    var listed = string.Join(',', one!["scopes"]!.AsArray().Select(scope => scope!.ToString()));
                    JsonNode?[] cells = [one["id"], one["prefix"], one["status"], one["last_used_at"], listed, one["name"]];
                    table.AddRow([.. cells.Select(cell => Markup.Escape(cell?.ToString() ?? "never"))]);
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
    }

    private static Command Revoke(Terminal terminal)
    {
        var admin = new AdminFlags();
        var workspace = Workspace();
        var id = new Argument<string>("KEY") { Description = "Id of the key, key_…." };
        var command = new Verb(
            "revoke",
            "Revoke a key for good; within a second it is refused everywhere. A second time changes nothing.",
            "troupe keys revoke key_4fK… --workspace wrk_0197…")
        { id, workspace };
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var answer = await client.Send(HttpMethod.Delete,
                $"{Path(parsed.GetRequiredValue(workspace))}/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", null, cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => console.WriteLine($"{answer["data"]!["id"]} is revoked."));
            return ExitCode.Ok;
        });
    }

    private static string Path(string workspace) => $"/admin/workspaces/{Uri.EscapeDataString(workspace)}/keys";
}
