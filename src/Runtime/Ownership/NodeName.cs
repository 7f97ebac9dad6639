using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Troupe.Runtime;

/// <summary>A node's name in the cluster, written <c>host:port/incarnation</c>: where it is reached, and which start of the program it is. A process
/// that comes back under the same address is another node.</summary>
/// <param name="Host">Host name or IP address, without brackets.</param>
/// <param name="Port">The cluster port.</param>
/// <param name="Incarnation">Different for every start of the program.</param>
public readonly record struct NodeName(string Host, int Port, string Incarnation)
{
    /// <summary>Where it is reached: <c>host:port</c>, an IPv6 address in brackets.</summary>
    public string Address => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads a name; false when the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeName name)
    {
        name = default;
        if (text?.IndexOf('/') is not (> 0 and var slash) || text[..slash].LastIndexOf(':') is not (> 0 and var colon) || slash == text.Length - 1)
        {
            return false;
        }

        var host = text[..colon];
        host = host is ['[', .. var inner, ']'] ? inner : host;
        if (host.Length == 0 || !int.TryParse(text[(colon + 1)..slash], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65_535)
        {
            return false;
        }

        name = new(host, port, text[(slash + 1)..]);
        return true;
    }

    /// <summary>Reads a name. Throws <see cref="FormatException"/> when the text is none.</summary>
    public static NodeName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is no name of a node: it has the form host:port/incarnation.");

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{Incarnation}";
}
