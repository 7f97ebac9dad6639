using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Troupe.Silo.Options;

/// <summary>TLS between nodes: both sides show a certificate, and each takes those of the cluster's own authority and no other. Names in certificates
/// are not compared, since nodes come and go under any address: the authority must be the cluster's alone.</summary>
public sealed class ClusterTls
{
    private readonly SslStreamCertificateContext _own;
    private readonly X509Certificate2Collection _authority;

    /// <summary>TLS with this certificate and the intermediate ones beside it.</summary>
    public ClusterTls(X509Certificate2 own, X509Certificate2Collection beside, X509Certificate2Collection authority)
    {
        _own = SslStreamCertificateContext.Create(own, beside, offline: true);
        _authority = authority;
    }

    /// <summary>Reads the files, in PEM form. Throws <see cref="System.Security.Cryptography.CryptographicException"/> or
    /// <see cref="IOException"/> when one can't be used.</summary>
    public static ClusterTls Load(Settings settings)
    {
        using var read = X509Certificate2.CreateFromPemFile(settings.ClusterCertificate!, settings.ClusterCertificateKey);
        var own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null); // a key that TLS can use on every system
        var beside = new X509Certificate2Collection();
        beside.ImportFromPemFile(settings.ClusterCertificate!);
        return new(own, beside, Authority(settings.ClusterAuthority!));
    }

    /// <summary>The certificates of an authority's file.</summary>
    public static X509Certificate2Collection Authority(string file)
    {
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(file);
        return authority;
    }

    /// <summary>TLS over a connection that this side opened.</summary>
    public async Task<Stream> AsClient(Stream stream, string host, CancellationToken cancel)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificateContext = _own,
                CertificateChainPolicy = Policy(),
                RemoteCertificateValidationCallback = IsOfTheCluster,
            },
            cancel);
        return tls;
    }

    /// <summary>TLS over a connection that the other side opened.</summary>
    public async Task<Stream> AsServer(Stream stream, CancellationToken cancel)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _own,
                ClientCertificateRequired = true,
                CertificateChainPolicy = Policy(),
                RemoteCertificateValidationCallback = IsOfTheCluster,
            },
            cancel);
        return tls;
    }

    private static bool IsOfTheCluster(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // the authority is a file; a node that is not to be trusted any more gets a new secret
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authority);
        return policy;
    }
}
