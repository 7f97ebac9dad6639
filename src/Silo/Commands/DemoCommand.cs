using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Troupe.Silo.Commands.Demo;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe demo [file.csv]</c>: shows the product at work on real rows, a crash included, and checks what it shows.</summary>
internal static class DemoCommand
{
    private static readonly PosixSignal[] Stopping = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    public static Command Make(Terminal terminal)
    {
        var file = new Argument<string?>("file.csv") { Description = "Rows to use instead of the sample, universities.csv.", Arity = ArgumentArity.ZeroOrOne };
        var keep = new Option<bool>("--keep") { Description = "Leave the server running and print how to go on." };
        var calm = new Option<bool>("--no-crash") { Description = "Do not kill the server in the middle of the job." };
        var command = new Verb(
            "demo",
            "Rows in over HTTP, a spinner over them as a durable job, an outcome for each; the server is killed and started again on the way.",
            "troupe demo",
            "troupe demo customers.csv --keep",
            "troupe demo --no-crash --json")
        { file, keep, calm };
        return command.Does(terminal, async (parsed, cancel) =>
        {
            var wish = new DemoWish(parsed.GetValue(keep), Crash: !parsed.GetValue(calm), parsed.GetValue(CommandLine.Json));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var signals = Array.ConvertAll(Stopping, signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // the demo ends by itself, and takes its server along
                stop.Cancel();
            }));
            try
            {
                await Run(parsed.GetValue(file) ?? DemoRows.Sample, wish, terminal, stop.Token);
                return ExitCode.Ok;
            }
            finally
            {
                Array.ForEach(signals, signal => signal.Dispose());
            }
        });
    }

    private static async Task Run(string file, DemoWish wish, Terminal terminal, CancellationToken cancel)
    {
        var data = Directory.CreateTempSubdirectory("troupe-demo-").FullName;
        var admin = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        await using var receiver = await Receiver.Start(cancel);
        using var server = new DemoServer(data, Settings(admin, receiver));
        var kept = false;
        try
        {
            await Tell(await DemoRows.Read(file, cancel), wish, terminal, admin, server, receiver, cancel);
            kept = wish.Keep;
        }
        catch (Exception e) when (e is DemoFailure or HttpRequestException or IOException)
        {
            throw new Refusal(new("demo_failed", $"The demo failed: {e.Message}", server.LastLines));
        }
        catch (OperationCanceledException)
        {
            throw new Refusal(new("demo_stopped", "The demo was stopped."));
        }
        finally
        {
            if (kept)
            {
                server.Release();
            }
            else
            {
                server.Dispose();
                Directory.Delete(data, recursive: true);
            }
        }
    }

    private static async Task Tell(
        DemoRows rows, DemoWish wish, Terminal terminal, string admin, DemoServer server, Receiver receiver, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var screen = new DemoScreen(silent: wish.Json);
        var ready = await server.Start(cancel);
        screen.Say("server", $"{server.Address} with the data in {server.Data}, ready after {ready.TotalSeconds:0.0} s");
        using var story = new DemoStory(screen, server, receiver, rows);
        await story.Open(admin, cancel);
        await story.Fill(cancel);
        await story.Run(await story.Publish("follow-up.json", cancel), wish.Crash, cancel);

        using var caller = new DemoClient(server.Address, story.Key);
        var report = new DemoReport(screen, caller, story.Job);
        await report.Count(rows.Count, receiver, cancel);
        await report.Journeys(cancel);
        var next = wish.Keep ? new DemoNext(server, story, admin, await story.Publish("triage.json", cancel), rows) : null;
        next?.Show(screen);
        screen.Say();
        screen.Say("done", $"in {clock.Elapsed.TotalSeconds:0} s");
        if (wish.Json)
        {
            terminal.Answer(json: true, Summary(rows, story, report, clock, next), _ => { });
        }
    }

    /// <summary>The demo's server knows the operator's token, and may call the receiver although that is on this machine.</summary>
    private static Dictionary<string, string> Settings(string admin, Receiver receiver) => new()
    {
        ["TROUPE_ADMIN_TOKEN"] = admin,
        ["TROUPE__OUTBOUND__ALLOW__0"] = new Uri(receiver.Address).Authority,
    };

    private static object Summary(DemoRows rows, DemoStory story, DemoReport report, Stopwatch clock, DemoNext? next) => new
    {
        file = rows.File,
        rows = rows.Count,
        job = story.Job,
        outcomes = report.Outcomes.ToDictionary(o => o.Disposition, o => o.Records),
        seconds = Math.Round(clock.Elapsed.TotalSeconds, 1),
        server = next?.Address,
        key = next is null ? null : story.Key,
        table = next is null ? null : story.Table,
        spinner = next?.Spinner,
        data = next?.Data,
        pid = next?.ProcessId,
    };

    /// <summary>What the caller asked for.</summary>
    private sealed record DemoWish(bool Keep, bool Crash, bool Json);
}
