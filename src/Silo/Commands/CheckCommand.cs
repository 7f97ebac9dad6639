using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Troupe.Silo.Options;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe check</c>: the effective configuration, where each value comes from, and everything that is wrong with it.</summary>
internal static class CheckCommand
{
    public static Command Make(Terminal terminal)
    {
        var flags = new ServerFlags();
        var command = new Verb(
            "check",
            "Print the effective configuration, secrets masked, and every problem. Starts nothing. Exit code 1 when something is wrong.",
            "troupe check",
            "troupe check --urls http://0.0.0.0:8080 --json");
        flags.AddTo(command);
        return command.Does(terminal, (parsed, _) =>
        {
            var configuration = flags.Gather(parsed);
            var (settings, problems) = SettingsReader.Read(configuration);
            var shown = EffectiveSetting.Of(settings, configuration);
            var byName = shown.ToDictionary(one => JsonNamingPolicy.SnakeCaseLower.ConvertName(one.Name), one => new { one.Value, one.From });
            var answer = new { ok = problems.Count == 0, settings = byName, problems };
            terminal.Answer(parsed.GetValue(CommandLine.Json), answer, console => Write(console, shown, problems));
            return Task.FromResult(problems.Count == 0 ? ExitCode.Ok : ExitCode.Refused);
        });
    }

    private static void Write(IAnsiConsole console, IReadOnlyList<EffectiveSetting> shown, IReadOnlyList<string> problems)
    {
        var table = Terminal.Grid("SETTING", "VALUE", "FROM");
        foreach (var one in shown)
        {
            table.AddRow(Markup.Escape(one.Name), Markup.Escape(one.Value ?? "-"), one.From);
        }

        console.Write(table);
        console.WriteLine();
        console.WriteLine(problems.Count == 0 ? "No problems." : $"Problems: {problems.Count}");
        foreach (var problem in problems)
        {
            console.WriteLine($"  - {problem}");
        }
    }
}
