using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Spectre.Console;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Silo.Commands;

/// <summary><c>troupe serve</c>: runs the server until SIGTERM or Ctrl+C.</summary>
internal static class ServeCommand
{
    public static Command Make(Terminal terminal)
    {
        var flags = new ServerFlags();
        var command = new Verb(
            "serve",
            "Run the server until SIGTERM or Ctrl+C; requests that have begun are finished. " +
            "Settings come from appsettings.json in the working directory, then TROUPE__… variables, then these flags.",
            "troupe serve",
            "troupe serve --urls http://0.0.0.0:8080 --data /var/lib/troupe",
            "TROUPE_ADMIN_TOKEN=… troupe serve");
        flags.AddTo(command);
        return command.Does(terminal, async (parsed, cancel) =>
        {
            var (settings, configuration) = flags.Read(parsed);
            await using var app = Server.Build(settings, configuration);
            await Start(app, settings, cancel);
            Announce(terminal, parsed.GetValue(CommandLine.Json), app, settings);
            await app.WaitForShutdownAsync(cancel);
            return ExitCode.Ok;
        });
    }

    private static async Task Start(WebApplication app, Settings settings, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new Refusal(new("address_in_use", $"{settings.Urls} is in use by another program. Stop it, or choose another address with --urls."));
        }
        catch (Exception e) when ((e as SocketException ?? e.InnerException as SocketException) is { } socket)
        {
            throw new Refusal(new("address_unusable", $"{settings.Urls} can't be listened on: {socket.Message}."));
        }
        catch (AddressUnusableException e)
        {
            throw new Refusal(new("address_unusable", e.Message));
        }
        catch (StoreException e)
        {
            throw new Refusal(new("store_unusable", e.Message));
        }
    }

    private static void Announce(Terminal terminal, bool json, WebApplication app, Settings settings)
    {
        var token = settings.AdminToken is null ? AdminTokenFile.Path(settings) : null;
        var answer = new
        {
            urls = app.Urls,
            data = Path.GetFullPath(settings.Data),
            admin_token_file = token,
            node = app.Services.GetService<IClusterAddress>()?.Node,
            pid = Environment.ProcessId,
            version = Server.Version,
        };
        terminal.Answer(json, answer, console =>
        {
            console.WriteLine($"Troupe {Server.Version} listens on {string.Join(", ", app.Urls)}");
            console.WriteLine($"Data:        {answer.data}");
            console.WriteLine($"Admin token: {token ?? "as given"}");
            if (answer.node is not null)
            {
                console.WriteLine($"Node:        {answer.node}");
            }

            console.WriteLine("Stop with Ctrl+C.");
        });
    }
}
