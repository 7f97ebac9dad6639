using Spectre.Console;

namespace Troupe.Silo.Commands.Demo;

/// <summary>What the demo shows: colours and a live bar in a terminal, plain lines elsewhere, nothing when only the JSON at the end is wanted.</summary>
internal sealed class DemoScreen(bool silent)
{
    private const int LabelWidth = 11;
    private readonly bool _live = !silent && AnsiConsole.Profile.Out.IsTerminal;

    /// <summary>One line under a label.</summary>
    public void Say(string label, string text) => Line($"[bold]{label.PadRight(LabelWidth)}[/] {Markup.Escape(text)}", $"{label.PadRight(LabelWidth)} {text}");

    /// <summary>One line of plain text.</summary>
    public void Say(string text = "") => Line(Markup.Escape(text), text);

    /// <summary>Shows a job going on: a bar, or a line for every tenth of the way.</summary>
    public async Task Watch(long total, Func<Action<JobProgress>, Task> run)
    {
        if (_live)
        {
            await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(async progress =>
                {
                    var bar = progress.AddTask("job", maxValue: total);
                    await run(job =>
                    {
                        bar.Description = $"{job.Status,-9} {job.Ended,6:N0} ended {job.Waiting,6:N0} waiting";
                        bar.Value = job.Ended;
                    });
                });
            return;
        }

        var tenth = -1L;
        await run(job =>
        {
            if (job.Ended * 10 / total is var now && now != tenth)
            {
                tenth = now;
                Say("", $"{job.Ended * 100 / total,3} %  {job.Status}: {job.Ended:N0} of {total:N0} ended, {job.Waiting:N0} waiting");
            }
        });
    }

    /// <summary>A table; numbers are put to the right.</summary>
    public void Table(string[] heads, IEnumerable<string[]> rows)
    {
        if (silent)
        {
            return;
        }

        var cells = rows.ToList();
        var right = heads.Select((_, i) => cells.TrueForAll(row => char.IsAsciiDigit(row[i].FirstOrDefault()))).ToArray();
        if (_live)
        {
            AnsiConsole.Write(Framed(heads, cells, right));
            return;
        }

        var widths = heads.Select((head, i) => cells.Append(heads).Max(row => row[i].Length)).ToArray();
        foreach (var row in cells.Prepend(heads))
        {
            var line = string.Join("  ", row.Select((cell, i) => right[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i])));
            Console.WriteLine("  " + line.TrimEnd());
        }
    }

    private static Table Framed(string[] heads, List<string[]> cells, bool[] right)
    {
        var table = new Table().RoundedBorder();
        foreach (var (i, head) in heads.Index())
        {
            table.AddColumn(new TableColumn(Markup.Escape(head)) { Alignment = right[i] ? Justify.Right : Justify.Left });
        }

        cells.ForEach(row => table.AddRow([.. row.Select(Markup.Escape)]));
        return table;
    }

    private void Line(string markup, string plain)
    {
        if (_live)
        {
            AnsiConsole.MarkupLine(markup);
        }
        else if (!silent)
        {
            Console.WriteLine(plain.TrimEnd());
        }
    }
}
