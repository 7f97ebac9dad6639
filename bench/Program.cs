using System.CommandLine;
using System.Globalization;
using Troupe.Bench.Baselines;
using Troupe.Bench.Grains;

namespace Troupe.Bench;

/// <summary>The command line: <c>all</c>, or one benchmark by name.</summary>
internal static class Program
{
    /// <summary>What the names of the settings begin with that let socket completions run where they are noticed, on one thread.</summary>
    public const string SocketSettings = "DOTNET_SYSTEM_NET_SOCKETS_";

    private static readonly Option<double> Seconds = new("--seconds") { Description = "Length of one measured round.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds of each side; the median counts.", DefaultValueFactory = _ => 3 };
    private static readonly Option<bool> Write = new("--write") { Description = "Keep the figures in docs/performance.md." };
    private static readonly Option<string> Scratch =
        new("--directory") { Description = "Where to put scratch files; the disk that is measured.", DefaultValueFactory = _ => Path.GetTempPath() };

    private static readonly (string Name, string Description, Func<Session, Task> Run)[] Benchmarks =
    [
        ("bulk", "Ingest in batches of 500 rows, against a bare insert loop.", Benchmark.Ingest.Bulk),
        ("single", "Ingest of one row a request, against a bare endpoint and a bare commit loop.", Benchmark.Ingest.Single),
        ("slow-disk", "Ingest of one row a request where a sync takes 2 ms longer.", Benchmark.Ingest.SlowDisk),
        ("pipeline", "Jobs of three local steps, against a bare insert loop; memory on small and large tables.", Benchmark.Pipeline.Run),
        ("create", "Contacts made over HTTP, against a bare endpoint with an insert.", Benchmark.Creations.Run),
        ("lists", "First pages of filtered lists over a million contacts, against ten thousand.", Benchmark.Lists.Run),
        ("postgres-bulk", "Ingest in batches of 500 rows on PostgreSQL, against psql copying them.", Benchmark.Postgres.Bulk),
        ("postgres-single", "Ingest of one row a request on PostgreSQL, against bare commits over 32 connections.", Benchmark.Postgres.Single),
        ("postgres-commits", "Grain commits on PostgreSQL, beside Orleans.", Benchmark.Actors.PostgresCommits),
        ("calls", "Local grain calls, beside Orleans.", Benchmark.Actors.Calls),
        ("remote", "Grain calls to another process, beside local ones and Orleans.", Benchmark.Remote.Calls),
        ("commits", "Grain commits on SQLite, beside Orleans.", Benchmark.Actors.Commits),
        ("activations", "Weight and speed of activations, beside Orleans.", Benchmark.Actors.Activations),
    ];

    private static Task<int> Main(string[] arguments)
    {
        // The generator's own sockets, read once by the runtime before the first is opened: a hop to the pool for each answer would cost more than the answer.
        Environment.SetEnvironmentVariable($"{SocketSettings}INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable($"{SocketSettings}THREAD_COUNT", "1");

        var root = new RootCommand(
            "Measures Troupe against bare loops on the same machine in the same run. Ends with 1 on errors, never on a missed target.") { Bare() };
        var all = new Command("all", "Every benchmark.");
        root.Add(Measured(all, Benchmarks));
        foreach (var benchmark in Benchmarks.Append(("baselines", "The bare loops and the bare endpoint alone.", Benchmark.Baselines.Run)))
            root.Add(Measured(new(benchmark.Name, benchmark.Description), benchmark));
        return root.Parse(arguments).InvokeAsync();
    }

    private static Command Measured(Command command, params (string Name, string Description, Func<Session, Task> Run)[] benchmarks)
    {
        foreach (var option in new Option[] { Seconds, Rounds, Write, Scratch })
            command.Add(option);
        command.SetAction(async (line, _) =>
        {
            var directory = Directory.CreateDirectory(Path.Combine(line.GetValue(Scratch)!, $"troupe-bench-{Guid.NewGuid():N}"));
            var session = new Session(TimeSpan.FromSeconds(line.GetValue(Seconds)), Math.Max(1, line.GetValue(Rounds)), directory.FullName, new());
            try
            {
                foreach (var benchmark in benchmarks)
                {
                    Console.WriteLine(benchmark.Name);
                    await benchmark.Run(session);
                }

                Console.WriteLine($"\n{session.Report.Table()}");
                if (line.GetValue(Write))
                    session.Report.Write(Path.Combine("docs", "performance.md"));
            }
            finally
            {
                directory.Delete(recursive: true);
            }
        });
        return command;
    }

    /// <summary>The baselines' own processes.</summary>
    private static Command Bare()
    {
        var file = new Argument<string>("file");
        var insert = new Command("insert") { file, Seconds };
        insert.SetAction(line => Console.WriteLine(
            BareSqlite.InsertRate(line.GetValue(file)!, TimeSpan.FromSeconds(line.GetValue(Seconds))).ToString(CultureInfo.InvariantCulture)));
        var commit = new Command("commit") { file, Seconds };
        commit.SetAction(line => Console.WriteLine(
            BareSqlite.CommitRate(line.GetValue(file)!, TimeSpan.FromSeconds(line.GetValue(Seconds))).ToString(CultureInfo.InvariantCulture)));
        var endpoint = new Command("endpoint");
        endpoint.SetAction((_, _) => BareEndpoint.Serve());
        var creations = new Command("creations") { file };
        creations.SetAction((line, _) => BareCreations.Serve(line.GetValue(file)!));
        var node = new Command("node") { file };
        node.SetAction((line, _) => RemoteNode.Serve(line.GetValue(file)!));
        return new("bare", "The baselines' own processes, and the other node of the remote calls.") { insert, commit, endpoint, creations, node };
    }
}
