using System.CommandLine;
using Spectre.Console;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe migrate</c>: brings the database up to date without serving.</summary>
internal static class MigrateCommand
{
    public static Command Make(Terminal terminal)
    {
        var flags = new ServerFlags();
        var command = new Verb(
            "migrate",
            "Bring the database up to date and stop. 'serve' does the same when it starts; this is for doing it beforehand. " +
            "No server may run on an embedded database meanwhile; on PostgreSQL nodes may go on.",
            "troupe migrate",
            "troupe migrate --data /var/lib/troupe --json",
            "TROUPE__DATABASE=postgres://… troupe migrate");
        flags.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            var (settings, _) = flags.Read(parsed);
            await using var services = new ServiceCollection().AddLogging().AddStore(settings).BuildServiceProvider();
            var storage = services.GetRequiredService<IStorage>();
            var applied = await Open(storage, cancel);
            terminal.Answer(parsed.GetValue(CommandLine.Json), new { storage = storage.Description, applied }, console =>
            {
                console.WriteLine(applied.Count == 0 ? $"{storage.Description} is up to date." : $"{storage.Description}: {applied.Count} steps applied.");
                foreach (var step in applied)
                {
                    console.WriteLine($"  - {step}");
                }
            });
            return ExitCode.Ok;
        });
    }

    private static async Task<IReadOnlyList<string>> Open(IStorage storage, CancellationToken cancel)
    {
        try
        {
            return await storage.Open(cancel);
        }
        catch (StoreException e)
        {
            throw new Refusal(new("store_unusable", e.Message));
        }
    }
}
