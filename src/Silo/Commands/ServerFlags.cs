using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Troupe.Silo.Options;

namespace Troupe.Silo.Commands;

/// <summary>The flags that are settings: the last word after file and environment.</summary>
internal sealed class ServerFlags
{
    private readonly Dictionary<string, Option<string?>> _options = new()
    {
        [nameof(Settings.Urls)] = new("--urls") { Description = "Addresses to listen on, separated by ';'. Default: http://localhost:3000", HelpName = "URLS" },
        [nameof(Settings.Data)] = new("--data") { Description = "Directory of the embedded database and the admin token. Default: ./data", HelpName = "DIR" },
        [nameof(Settings.Database)] = new("--database")
        {
            Description = "PostgreSQL, Host=…;… or postgres://…, instead of the embedded database. A password is better given as TROUPE__DATABASE.",
            HelpName = "CONNECTION",
        },
        [nameof(Settings.Roles)] = new("--roles") { Description = "What this process does. Default: api,silo", HelpName = "ROLES" },
        [nameof(Settings.ClusterUrl)] =
            new("--cluster-url") { Description = "Address at which other nodes reach this one, e.g. http://10.0.0.5:3101.", HelpName = "URL" },
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in _options.Values)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The configuration with the flags of this run on top.</summary>
    public IConfigurationRoot Gather(ParseResult parsed) => SettingsReader.Gather(_options.ToDictionary(pair => pair.Key, pair => parsed.GetValue(pair.Value)));

    /// <summary>The settings of this run; refused with every problem at once.</summary>
    public (Settings Settings, IConfigurationRoot Configuration) Read(ParseResult parsed)
    {
        var configuration = Gather(parsed);
        var (settings, problems) = SettingsReader.Read(configuration);
        return problems.Count == 0 ? (settings, configuration)
            : throw new Refusal(new(
                "configuration_invalid",
                problems.Count == 1 ? "The configuration has a problem:" : $"The configuration has {problems.Count} problems:",
                problems));
    }
}
