using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Troupe.Silo.Options;

/// <summary>What is wrong with the settings of a cluster.</summary>
public static class ClusterRules
{
    /// <summary>Shortest secret, in characters: whoever listens to a hello between nodes may try guesses at leisure.</summary>
    public const int SecretLength = 32;

    /// <summary>Every rule, broken or not, with what to tell when it is.</summary>
    public static IEnumerable<(bool IsWrong, string Problem)> Of(Settings settings)
    {
        var url = Uri.TryCreate(settings.ClusterUrl, UriKind.Absolute, out var read) ? read : null;
        var isCluster = settings.ClusterUrl is not null;
        var isTls = url?.Scheme == Uri.UriSchemeHttps;
        return
        [
            (isCluster && !IsReachable(url),
                $"ClusterUrl: '{settings.ClusterUrl}' is not an address at which other nodes reach this one, such as http://10.0.0.5:3101."),
            (settings.ClusterListen is { } at && !IsListenable(at),
                $"ClusterListen: '{settings.ClusterListen}' is not an address to listen on, such as http://0.0.0.0:3101."),
            (settings.ClusterListen is not null && !isCluster,
                "ClusterListen is of use only with ClusterUrl, the address at which other nodes reach this one."),
            (isCluster && settings.Database is null, "ClusterUrl: the nodes of a cluster share a PostgreSQL; set Database."),
            (isCluster && settings.ClusterSecret is null, "ClusterSecret (TROUPE__CLUSTERSECRET) is missing; ClusterUrl needs it, the same on every node."),
            (settings.ClusterSecret is { Length: < SecretLength }, $"ClusterSecret is shorter than {SecretLength} characters."),
            .. Tls(settings, isTls),
        ];
    }

    private static IEnumerable<(bool IsWrong, string Problem)> Tls(Settings settings, bool isTls)
    {
        (string Name, string? File)[] files =
        [
            (nameof(settings.ClusterCertificate), settings.ClusterCertificate),
            (nameof(settings.ClusterCertificateKey), settings.ClusterCertificateKey),
            (nameof(settings.ClusterAuthority), settings.ClusterAuthority),
        ];
        foreach (var (name, file) in files)
        {
            yield return (isTls && file is null, $"{name} is missing; an https ClusterUrl needs it.");
            yield return (!isTls && file is not null, $"{name} is of use only with an https ClusterUrl.");
            yield return (isTls && file is not null && !File.Exists(file), $"{name}: there is no file '{file}'.");
        }

        if (isTls && Array.TrueForAll(files, one => File.Exists(one.File)))
        {
            var problem = Unusable(settings);
            yield return (problem is not null, problem ?? "");
        }
    }

    private static string? Unusable(Settings settings)
    {
        try
        {
            ClusterTls.Load(settings);
            using var own = X509CertificateLoader.LoadCertificateFromFile(settings.ClusterCertificate!);
            return ClusterTls.Authority(settings.ClusterAuthority!).Count == 0 ? $"ClusterAuthority: '{settings.ClusterAuthority}' holds no certificate."
                : own.NotAfter.ToUniversalTime() < TimeProvider.System.GetUtcNow().UtcDateTime
                    ? $"ClusterCertificate: it ran out on {own.NotAfter.ToUniversalTime():u}."
                : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return $"ClusterCertificate, ClusterCertificateKey, ClusterAuthority can't be used together: {e.Message}";
        }
    }

    private static bool IsListenable(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", AbsolutePath: "/", Query: "", UserInfo: "", IsDefaultPort: false };

    private static bool IsReachable(Uri? url) =>
        url is { Scheme: "http" or "https", AbsolutePath: "/", Query: "", UserInfo: "" } && !url.IsDefaultPort
        && !(IPAddress.TryParse(url.DnsSafeHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
}
