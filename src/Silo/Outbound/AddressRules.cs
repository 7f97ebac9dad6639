using System.Net;
using System.Net.Sockets;

namespace Troupe.Silo.Outbound;

/// <summary>Which addresses are public, after the IANA special-purpose registries (RFC 6890 and what followed). IPv6 is default-deny: only global unicast
/// (2000::/3) less its special parts.</summary>
public static class AddressRules
{
    private static readonly IPNetwork[] Refused =
    [
        IPNetwork.Parse("0.0.0.0/8"),          // this network, unspecified
        IPNetwork.Parse("10.0.0.0/8"),         // private
        IPNetwork.Parse("100.64.0.0/10"),      // carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"),        // loopback
        IPNetwork.Parse("169.254.0.0/16"),     // link-local, cloud metadata
        IPNetwork.Parse("172.16.0.0/12"),      // private
        IPNetwork.Parse("192.0.0.0/24"),       // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"),       // documentation
        IPNetwork.Parse("192.88.99.0/24"),     // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"),     // private
        IPNetwork.Parse("198.18.0.0/15"),      // benchmarks
        IPNetwork.Parse("198.51.100.0/24"),    // documentation
        IPNetwork.Parse("203.0.113.0/24"),     // documentation
        IPNetwork.Parse("224.0.0.0/4"),        // multicast
        IPNetwork.Parse("240.0.0.0/4"),        // reserved, broadcast
        IPNetwork.Parse("2001::/23"),          // protocol assignments: Teredo, benchmarks, ORCHID
        IPNetwork.Parse("2001:db8::/32"),      // documentation
        IPNetwork.Parse("2002::/16"),          // 6to4
        IPNetwork.Parse("3fff::/20"),          // documentation
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Whether an address may be called without an entry in the allow-list. An IPv4-mapped address (::ffff:0:0/96) is judged as the IPv4 address it
    /// stands for; every other way to write IPv4 into IPv6 (NAT64, 6to4, Teredo, IPv4-compatible) is refused as a whole.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = Plain(address);
        return (address.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(address)) && !Refused.Any(network => network.Contains(address));
    }

    /// <summary>The address that is really called: an IPv4-mapped one as IPv4.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
