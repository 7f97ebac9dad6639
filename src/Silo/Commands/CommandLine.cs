using System.CommandLine;
using System.CommandLine.Parsing;

namespace Troupe.Silo.Commands;

/// <summary>What a command ends with.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Refused, or something is wrong; the message says what.</summary>
    Refused = 1,

    /// <summary>The command line itself is wrong.</summary>
    Usage = 2,

    /// <summary>The server does not answer.</summary>
    Unreachable = 3,
}

/// <summary>The command line: <c>troupe &lt;command&gt;</c>.</summary>
public static class CommandLine
{
    /// <summary>Print one JSON object instead of text; on every command.</summary>
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object on standard output and nothing else.", Recursive = true };

    /// <summary>Runs a command and gives its exit code (<see cref="ExitCode"/>).</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="terminal">Where to print.</param>
    /// <param name="cancel">Stops a server that was started by <c>serve</c>.</param>
    public static async Task<int> Run(string[] args, Terminal terminal, CancellationToken cancel = default)
    {
        var root = new RootCommand(
            """
            Troupe, a customer-experience backend made of actors.

            Exit codes: 0 done, 1 refused or something is wrong, 2 wrong usage, 3 the server does not answer.
            """)
        {
            ServeCommand.Make(terminal),
            DemoCommand.Make(terminal),
            WorkspaceCommands.Make(terminal),
            KeyCommands.Make(terminal),
            ClusterCommands.Make(terminal),
            HealthCommand.Make(terminal),
            CheckCommand.Make(terminal),
            MigrateCommand.Make(terminal),
            BackupCommand.Make(terminal),
        };
        root.Options.Add(Json);
        HelpWithExamples.AddTo(root);

        var parsed = root.Parse(args);
        var wrong = parsed.Errors.Select(error => error.Message).Concat(Mistaken(parsed)).ToList();
        if (wrong.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            var message = string.Join(' ', wrong);
            terminal.Refuse(args.Contains(Json.Name), new("usage", $"{message} Try: {Path(parsed.CommandResult)} --help"));
            return (int)ExitCode.Usage;
        }

        // The host handles signals by itself; nobody else may cut its shutdown short.
        return await parsed.InvokeAsync(new() { Output = terminal.Out, Error = terminal.Error, ProcessTerminationTimeout = null }, cancel);
    }

    /// <summary>Flags there are not: where a command takes a name or a file, the parser takes them for one. Behind <c>--</c> they are meant.</summary>
    private static IEnumerable<string> Mistaken(ParseResult parsed) => parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
        .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
        .Select(token => $"There is no flag {token.Value} here.");

    private static string Path(SymbolResult result) =>
        result.Parent is null ? "troupe" : $"{Path(result.Parent)} {((CommandResult)result).Command.Name}";

    /// <summary>A command's action.</summary>
    internal static Command Does(this Command command, Terminal terminal, Func<ParseResult, CancellationToken, Task<ExitCode>> action)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                return (int)await action(parsed, cancel);
            }
            catch (Refusal refusal)
            {
                terminal.Refuse(parsed.GetValue(Json), refusal.Problem);
                return (int)refusal.Exit;
            }
            catch (InvalidDataException e)
            {
                terminal.Refuse(parsed.GetValue(Json), new("configuration_unreadable", $"{e.Message} {e.GetBaseException().Message}"));
                return (int)ExitCode.Refused;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                terminal.Refuse(parsed.GetValue(Json), new("system_refused", e.Message));
                return (int)ExitCode.Refused;
            }
        });
        return command;
    }
}

/// <summary>Why a command did not do what it was asked to.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">For people.</param>
/// <param name="Problems">Each thing that is wrong, when there are several.</param>
public sealed record Problem(string Code, string Message, IReadOnlyList<string>? Problems = null);

/// <summary>Ends a command.</summary>
internal sealed class Refusal(Problem problem, ExitCode exit = ExitCode.Refused) : Exception(problem.Message)
{
    public Problem Problem { get; } = problem;

    public ExitCode Exit { get; } = exit;
}
