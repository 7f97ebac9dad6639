using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Troupe.Silo.Commands;

/// <summary>Where commands print: answers on standard output, refusals on standard error; with <c>--json</c> either is one object on standard output.</summary>
public sealed class Terminal(TextWriter output, TextWriter error)
{
    private static readonly JsonSerializerOptions Written = new(JsonSerializerOptions.Default)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>Standard output.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Prints an answer.</summary>
    /// <param name="json">Whether <c>--json</c> was given.</param>
    /// <param name="answer">The whole answer, for programs.</param>
    /// <param name="write">The answer for people.</param>
    public void Answer(bool json, object answer, Action<IAnsiConsole> write)
    {
        if (json)
        {
            Out.WriteLine(JsonSerializer.Serialize(answer, Written));
        }
        else
        {
            write(Console(Out));
        }

        Out.Flush();
    }

    /// <summary>Prints a refusal.</summary>
    public void Refuse(bool json, Problem problem)
    {
        if (json)
        {
            Out.WriteLine(JsonSerializer.Serialize(new { error = problem }, Written));
            Out.Flush();
            return;
        }

        Error.WriteLine(problem.Message);
        foreach (var one in problem.Problems ?? [])
        {
            Error.WriteLine($"  - {one}");
        }

        Error.Flush();
    }

    /// <summary>A table without lines, fit for reading and for cutting up.</summary>
    public static Table Grid(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap().PadRight(3));
        }

        return table;
    }

    private static IAnsiConsole Console(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (System.Console.IsOutputRedirected || !ReferenceEquals(writer, System.Console.Out))
        {
            console.Profile.Width = 1_000; // a file has no width to wrap at
            console.Profile.Capabilities.Ansi = false;
        }

        return console;
    }
}
