using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe health</c>: whether the server is ready, for a container whose image has no other way to ask.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Make(Terminal terminal)
    {
        var url = new Option<string?>("--url") { Description = "Address of the server. Default: the first of the configured Urls.", HelpName = "URL" };
        var live = new Option<bool>("--live") { Description = "Ask only whether the process answers, not whether it should get requests." };
        var command = new Verb(
            "health",
            "Ask a server whether it is ready for requests. Exit code 0: it is; 1: it is not, and why; 3: nobody answers within 5 seconds.",
            "troupe health",
            "troupe health --live --url http://localhost:3000")
        { url, live };
        return command.Does(terminal, async (parsed, cancel) =>
        {
            using var http = new HttpClient { BaseAddress = AdminFlags.AddressOf(parsed.GetValue(url)), Timeout = Patience };
            var (ok, answer) = await Ask(http, parsed.GetValue(live) ? "/health/live" : "/health/ready", cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => console.WriteLine(answer["reason"]?.ToString() ?? $"{answer["status"]}"));
            return ok ? ExitCode.Ok : ExitCode.Refused;
        });
    }

    private static async Task<(bool Ok, JsonNode Answer)> Ask(HttpClient http, string path, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancel);
            return (answer.IsSuccessStatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!);
        }
        catch (System.Text.Json.JsonException)
        {
            throw new Refusal(new("not_a_troupe_server", $"{http.BaseAddress} answered, but not as a Troupe server."));
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            throw new Refusal(new("server_unreachable", $"No server answers at {http.BaseAddress}: {e.Message}"), ExitCode.Unreachable);
        }
    }
}
