using System.CommandLine;
using Spectre.Console;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe backup</c>: a copy of the embedded database while the server runs.</summary>
internal static class BackupCommand
{
    public static Command Make(Terminal terminal)
    {
        var data = new Option<string?>("--data") { Description = "Data directory to copy. Default: ./data", HelpName = "DIR" };
        var file = new Argument<string>("FILE") { Description = "File to write; it must not be there yet." };
        var command = new Verb(
            "backup",
            "Copy the embedded database into one file, as of one moment, checked. The server may run and goes on serving. " +
            "To restore, put the file as troupe.db into an empty data directory. PostgreSQL has tools of its own for this.",
            "troupe backup /backup/troupe-2026-11-22.db",
            "troupe backup --data /var/lib/troupe /backup/troupe.db --json")
        { file, data };
        return command.Does(terminal, (parsed, _) =>
        {
            var (settings, _) = SettingsReader.Read(SettingsReader.Gather(new Dictionary<string, string?> { [nameof(Settings.Data)] = parsed.GetValue(data) }));
            if (settings.Database is not null)
            {
                throw new Refusal(new("backup_elsewhere", "The data is in PostgreSQL: back it up with pg_dump or pg_basebackup, see docs/guides/operate.md."));
            }

            var target = Path.GetFullPath(parsed.GetRequiredValue(file));
            var bytes = Take(settings.Data, target);
            terminal.Answer(parsed.GetValue(CommandLine.Json), new { file = target, bytes }, console => console.WriteLine($"{target}: {bytes} bytes"));
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static long Take(string data, string file)
    {
        try
        {
            return Backup.Take(data, file);
        }
        catch (StoreException e)
        {
            throw new Refusal(new("backup_failed", e.Message));
        }
    }
}
