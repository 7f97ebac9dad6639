using System.Globalization;
using System.Net;

namespace Troupe.Silo.Outbound;

/// <summary>A place that may be called although its address is not public: a name as it stands in the URL, or a network the resolved address lies in.</summary>
/// <param name="Host">The name, lower-case; null for a network.</param>
/// <param name="Network">The network; a single address is one of its own.</param>
/// <param name="Port">The port; null for any.</param>
public sealed record AllowEntry(string? Host, IPNetwork? Network, int? Port)
{
    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>address</c>, <c>address:port</c>, <c>[v6]:port</c> or <c>network/prefix</c>; null when it is none of
    /// them.</summary>
    public static AllowEntry? Parse(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out var network) ? new(null, network, null) : null;
        }

        if (IPAddress.TryParse(text.Trim('[', ']'), out var bare))
        {
            return new(null, Single(bare), null);
        }

        var colon = text.LastIndexOf(':');
        var (host, port) = (colon < 0 ? text : text[..colon], default(int?));
        if (colon >= 0)
        {
            if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var given) || given is 0 or > 65_535)
            {
                return null;
            }

            port = given;
        }

        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
        {
            return new(null, Single(address), port);
        }

        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new(Normal(host), null, port) : null;
    }

    /// <summary>Whether the entry covers a call.</summary>
    /// <param name="host">The name in the URL.</param>
    /// <param name="port">The port.</param>
    /// <param name="address">The address it resolved to.</param>
    public bool Covers(string host, int port, IPAddress address) =>
        (Port is null || Port == port) && (Network is { } network ? network.Contains(AddressRules.Plain(address)) : Host == Normal(host));

    private static IPNetwork Single(IPAddress address)
    {
        address = AddressRules.Plain(address);
        return new(address, address.GetAddressBytes().Length * 8);
    }

    private static string Normal(string host) => host.TrimEnd('.').ToLowerInvariant();
}
