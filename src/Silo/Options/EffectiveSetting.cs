using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Troupe.Silo.Storage.Postgres;

namespace Troupe.Silo.Options;

/// <summary>A setting as it took effect.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; secrets are masked.</param>
/// <param name="From"><c>default</c>, <c>file</c>, <c>environment</c> or <c>flag</c>.</param>
public sealed record EffectiveSetting(string Name, string? Value, string From)
{
    private const string Mask = "****";

    /// <summary>All settings, in order of declaration.</summary>
    public static IReadOnlyList<EffectiveSetting> Of(Settings settings, IConfigurationRoot configuration) =>
        [.. Settings.Known.Select(one => new EffectiveSetting(one.Name, Show(one.Name, (string?)one.GetValue(settings)), Origin(one.Name, configuration))),
        .. Outbound(configuration)];

    /// <summary>What is given of the section for calls outside, by full name.</summary>
    private static IEnumerable<EffectiveSetting> Outbound(IConfigurationRoot configuration) =>
        configuration.GetSection(OutboundReader.Section).AsEnumerable(makePathsRelative: true)
            .Where(entry => entry.Value is not null)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => new EffectiveSetting(
                $"Outbound:{entry.Key}",
                OutboundReader.Secrets.Contains(entry.Key, StringComparer.OrdinalIgnoreCase) ? Mask : entry.Value,
                Origin($"Outbound:{entry.Key}", configuration)));

    private static string? Show(string name, string? value) =>
        value is null ? null
        : name is nameof(Settings.AdminToken) or nameof(Settings.ClusterSecret) ? Mask
        : name == nameof(Settings.Database) ? PostgresAddress.Mask(value, Mask)
        : value;

    private static string Origin(string name, IConfigurationRoot configuration)
    {
        if (name == nameof(Settings.AdminToken) && configuration["TROUPE_ADMIN_TOKEN"] is not null)
        {
            return "environment";
        }

        var provider = configuration.Providers.LastOrDefault(one => one.TryGet($"Troupe:{name}", out _));
        return provider switch
        {
            null => "default",
            JsonConfigurationProvider => "file",
            EnvironmentVariablesConfigurationProvider => "environment",
            _ => "flag",
        };
    }
}
