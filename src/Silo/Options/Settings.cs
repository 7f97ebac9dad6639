using System.Globalization;
using System.Reflection;

namespace Troupe.Silo.Options;

/// <summary>What the server is told, already checked. Each is a key of the section <c>Troupe</c> in <c>appsettings.json</c>, an environment variable
/// <c>TROUPE__&lt;KEY&gt;</c>, and, where it says so, a flag; the later wins.</summary>
public sealed record Settings
{
    /// <summary>The role of nodes that serve HTTP.</summary>
    public const string Api = "api";

    /// <summary>The role of nodes that grains live on.</summary>
    public const string Silo = "silo";

    /// <summary>Addresses to listen on, separated by semicolons; flag <c>--urls</c>.</summary>
    public string Urls { get; init; } = "http://localhost:3000";

    /// <summary>Directory of the embedded database and of the admin token; flag <c>--data</c>.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>Connection string of PostgreSQL, <c>Host=…;…</c> or <c>postgres://…</c>; flag <c>--database</c>. The embedded database in
    /// <see cref="Data"/> when unsaid. A secret: it usually holds a password.</summary>
    public string? Database { get; init; }

    /// <summary>What this process does, of <c>api</c> (serves HTTP) and <c>silo</c> (grains live on it), separated by commas; flag <c>--roles</c>. Without a
    /// cluster both are needed. A process without <c>api</c> serves only health and metrics.</summary>
    public string Roles { get; init; } = "api,silo";

    /// <summary>Address at which other nodes reach this one, <c>http://host:port</c>, or <c>https://</c> for TLS between nodes; flag <c>--cluster-url</c>.
    /// Port 0 takes any free one. Needs <see cref="Database"/> and <see cref="ClusterSecret"/>.</summary>
    public string? ClusterUrl { get; init; }

    /// <summary>Address to listen on for other nodes when it is not that of <see cref="ClusterUrl"/>, <c>http://host:port</c>: behind a forwarded port, say, or
    /// <c>http://0.0.0.0:3101</c> for all interfaces.</summary>
    public string? ClusterListen { get; init; }

    /// <summary>What all nodes know and nobody else, 32 characters or more. Never shown, never a flag.</summary>
    public string? ClusterSecret { get; init; }

    /// <summary>PEM file of this node's certificate for TLS between nodes, intermediate ones after it.</summary>
    public string? ClusterCertificate { get; init; }

    /// <summary>PEM file of its private key.</summary>
    public string? ClusterCertificateKey { get; init; }

    /// <summary>PEM file of the authority whose certificates are let in: the cluster's own, since names are not compared.</summary>
    public string? ClusterAuthority { get; init; }

    /// <summary>Public base address of the API, for addresses handed out (ingest webhooks); that of the request when unsaid.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>The admin token; also <c>TROUPE_ADMIN_TOKEN</c>. Made and kept in <c>&lt;data&gt;/admin.token</c> when unsaid.</summary>
    public string? AdminToken { get; init; }

    /// <summary>How long a stopping node of a cluster serves on after it has said that it is not ready, so that the proxy notices; seconds, 0 to 300.</summary>
    public string StopGraceSeconds { get; init; } = "2";

    /// <summary>What may be set, in order of declaration.</summary>
    internal static IReadOnlyList<PropertyInfo> Known { get; } = [.. typeof(Settings).GetProperties().Where(property => property.CanWrite)];

    /// <summary><see cref="StopGraceSeconds"/> as a time; zero while the setting is wrong.</summary>
    public TimeSpan StopGrace => TimeSpan.FromSeconds(int.TryParse(StopGraceSeconds, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0);

    /// <summary>Whether this process has a role, <see cref="Api"/> or <see cref="Silo"/>.</summary>
    public bool Has(string role) => RoleNames.Contains(role);

    /// <summary>The roles one by one.</summary>
    public IReadOnlyList<string> RoleNames => [.. Roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];

    /// <summary>The addresses one by one.</summary>
    public IReadOnlyList<string> Addresses => Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
