using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Troupe.Silo.Options;

/// <summary>Gathers the configuration, file before environment before flags, and finds everything that is wrong with it at once.</summary>
public static class SettingsReader
{
    /// <summary>Shortest admin token, in characters.</summary>
    public const int AdminTokenLength = 16;

    private const string Section = "Troupe";

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
        var known = typeof(Settings).GetProperties().Where(property => property.CanWrite)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
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
                problems.Add(
                    $"{Section}:{entry.Key} is not a setting. There are: {string.Join(", ", known.Keys.Concat(Foreign).Order(StringComparer.Ordinal))}.");
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

        if (string.IsNullOrWhiteSpace(settings.Data))
        {
            yield return "Data is empty; name the directory to keep the data in.";
        }

        if (settings.Database is not null)
        {
            yield return "Database: PostgreSQL is not supported by this version; leave it out to use the embedded database in Data.";
        }

        if (!Roles(settings.Roles).SetEquals(["api", "silo"]))
        {
            yield return $"Roles: '{settings.Roles}' can't be: a node without a cluster does both, 'api,silo'.";
        }

        if (settings.ClusterUrl is not null)
        {
            yield return "ClusterUrl: a cluster needs PostgreSQL, which this version does not support; leave it out.";
        }

        if (settings.PublicUrl is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return $"PublicUrl: '{url}' is not an address such as https://api.example.com.";
        }

        if (settings.AdminToken is { Length: < AdminTokenLength })
        {
            yield return $"AdminToken (TROUPE_ADMIN_TOKEN) is shorter than {AdminTokenLength} characters.";
        }
    }

    private static HashSet<string> Roles(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static bool IsHttp(string address) =>
        // '*' and '+' mean every interface, which Uri does not know.
        Uri.TryCreate(address.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal),
            UriKind.Absolute, out var uri)
        && uri.Scheme == "http" && uri.AbsolutePath == "/";
}
