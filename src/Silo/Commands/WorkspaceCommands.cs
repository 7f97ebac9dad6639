using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe workspaces</c>.</summary>
internal static class WorkspaceCommands
{
    private static readonly string[] Columns = ["id", "slug", "plan", "created_at", "name"];

    public static Command Make(Terminal terminal) => new("workspaces", "Make and list workspaces of a running server.") { Create(terminal), List(terminal) };

    private static Command Create(Terminal terminal)
    {
        var admin = new AdminFlags();
        var name = new Argument<string>("NAME") { Description = "Name for people." };
        var slug = new Option<string?>("--slug") { Description = "Short name for addresses; made from the name when left out.", HelpName = "SLUG" };
        var plan = new Option<string?>("--plan") { Description = "trial, pro, advanced, enterprise or self_hosted (default).", HelpName = "PLAN" };
        var command = new Verb(
            "create",
            "Make a workspace and print its id.",
            "troupe workspaces create \"Harbor Ops\"",
            "troupe workspaces create \"Harbor Ops\" --plan pro --json")
        { name, slug, plan };
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var body = new { name = parsed.GetValue(name), slug = parsed.GetValue(slug), plan = parsed.GetValue(plan) };
            var answer = await client.Send(HttpMethod.Post, "/admin/workspaces", body, cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => console.WriteLine(answer["data"]!["id"]!.ToString()));
            return ExitCode.Ok;
        });
    }

    private static Command List(Terminal terminal)
    {
        var admin = new AdminFlags();
        var command = new Verb(
            "list",
            "List every workspace, the newest first.",
            "troupe workspaces list",
            "troupe workspaces list --json");
        admin.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var client = admin.Open(parsed);
            var all = await client.List("/admin/workspaces", cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), new JsonObject { ["data"] = all }, console =>
            {
                var table = Terminal.Grid("ID", "SLUG", "PLAN", "CREATED", "NAME");
                foreach (var one in all)
                {
                    table.AddRow([.. Columns.Select(field => Markup.Escape(one![field]!.ToString()))]);
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
    }
}
