using System.Globalization;
using Microsoft.Extensions.Configuration;
using Troupe.Silo.Storage.Postgres;

namespace Troupe.Silo.Options;

/// <summary>Gathers the configuration, file before environment before flags, and finds everything that is wrong with it at once.</summary>
public static class SettingsReader
{
    /// <summary>Shortest admin token, in characters.</summary>
    public const int AdminTokenLength = 16;

    private const string Section = "Troupe";

    private static readonly string[] Both = [Settings.Api, Settings.Silo];

    /// <summary>Sections of the same file that other parts read by themselves.</summary>
    private static readonly string[] Foreign = ["Outbound"];

    /// <summary>The configuration of this process.</summary>
    /// <param name="flags">Values given on the command line by setting name; null values were not given.</param>
    /// <param name="directory">Where <c>appsettings.json</c> is looked for; the working directory when null.</param>
    public static IConfigurationRoot Gather(IReadOnlyDictionary<string, string?> flags, string? directory = null) =>
        new ConfigurationBuilder()
            .SetBasePath(directory ?? Environment.CurrentDirectory)
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(flags.Where(flag => flag.Value is not null).Select(flag => KeyValuePair.Create($"{Section}:{flag.Key}", flag.Value)))
            .Build();

    /// <summary>Reads and checks it. With any problem the settings are good for showing only.</summary>
    public static (Settings Settings, IReadOnlyList<string> Problems) Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var known = Settings.Known.ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        var names = string.Join(", ", known.Keys.Concat(Foreign).Order(StringComparer.Ordinal));
        var settings = new Settings();
        List<string> problems = [];
        foreach (var entry in section.GetChildren())
        {
            if (known.TryGetValue(entry.Key, out var property))
            {
                property.SetValue(settings, entry.Value);
            }
            else if (!Foreign.Contains(entry.Key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add($"{Section}:{entry.Key} is not a setting. There are: {names}.");
            }
        }

        settings = settings with { AdminToken = configuration["TROUPE_ADMIN_TOKEN"] ?? settings.AdminToken };
        problems.AddRange(Check(settings));
        problems.AddRange(OutboundReader.Read(configuration).Problems);
        return (settings, problems);
    }

    private static IEnumerable<string> Check(Settings settings)
    {
        if (settings.Addresses.Count == 0)
        {
            yield return "Urls is empty; give at least one address such as http://localhost:3000.";
        }

        foreach (var address in settings.Addresses.Where(address => !IsHttp(address)))
        {
            yield return $"Urls: '{address}' is not an address such as http://localhost:3000 or http://0.0.0.0:3000 (TLS ends at the proxy in front).";
        }

        foreach (var (isWrong, problem) in Rules(settings))
        {
            if (isWrong)
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<(bool IsWrong, string Problem)> Rules(Settings settings) =>
    [
        (string.IsNullOrWhiteSpace(settings.Data), "Data is empty; name the directory to keep the data in."),
        (WrongDatabase(settings.Database) is not null, $"Database: {WrongDatabase(settings.Database)}."),
        (settings.RoleNames.Count == 0 || settings.RoleNames.Except(Both).Any(), $"Roles: '{settings.Roles}' can't be; there are 'api' and 'silo'."),
        (settings.ClusterUrl is null && Both.Except(settings.RoleNames).Any(),
            $"Roles: '{settings.Roles}' can't be: a node without a cluster does both, 'api,silo'."),
        (!IsGrace(settings.StopGraceSeconds), $"StopGraceSeconds: '{settings.StopGraceSeconds}' is not a whole number from 0 to 300."),
        .. ClusterRules.Of(settings),
        (!IsPublic(settings.PublicUrl), $"PublicUrl: '{settings.PublicUrl}' is not an address such as https://api.example.com."),
        (settings.AdminToken is null && settings.ClusterUrl is not null,
            "AdminToken (TROUPE_ADMIN_TOKEN) is missing: the nodes of a cluster need the same."),
        (settings.AdminToken is { Length: < AdminTokenLength }, $"AdminToken (TROUPE_ADMIN_TOKEN) is shorter than {AdminTokenLength} characters."),
    ];

    private static bool IsGrace(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 300;

    /// <summary>What is wrong with a connection string, without a word of it; null when nothing is.</summary>
    private static string? WrongDatabase(string? text)
    {
        try
        {
            _ = text is null ? null : PostgresAddress.Parse(text);
            return null;
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }

    private static bool IsPublic(string? url) => url is null || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https");

    private static bool IsHttp(string address)
    {
        // '*' and '+' mean every interface, which Uri does not know.
        var known = address.Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal);
        return Uri.TryCreate(known, UriKind.Absolute, out var uri) && uri.Scheme == "http" && uri.AbsolutePath == "/";
    }
}
