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

        if (!_live)
        {
            foreach (var row in rows.Prepend(heads))
            {
                Console.WriteLine("  " + string.Concat(row.Select((cell, i) => i == 0 ? cell.PadRight(16) : cell.PadLeft(10))));
            }

            return;
        }

        var table = new Table().RoundedBorder();
        foreach (var (i, head) in heads.Index())
        {
            table.AddColumn(new TableColumn(Markup.Escape(head)) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
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
