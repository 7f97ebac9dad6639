using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Troupe.Runtime;
using Troupe.Silo.Options;

namespace Troupe.Silo.Wire;

/// <summary>TLS between nodes: certificates of the cluster's authority on both sides, and no others.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly X509Certificate2 _authority = Authority("the cluster");
    private readonly X509Certificate2 _foreign = Authority("somebody else");

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Fact]
    public async Task Nodes_with_certificates_of_the_authority_talk()
    {
        await using var left = new WireNode(Tls(_authority, trusts: _authority));
        await using var right = new WireNode(Tls(_authority, trusts: _authority));
        var large = new byte[1_000_000];
        Assert.Equal(large.Length, (await left.Call(right, large)).Raw[0].Length);
        Assert.Empty(left.Log.Concat(right.Log));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_called() =>
        await Refused(caller: Tls(_authority, trusts: _authority), called: Tls(_foreign, trusts: _authority));

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_let_in() =>
        await Refused(caller: Tls(_foreign, trusts: _authority), called: Tls(_authority, trusts: _authority));

    [Fact]
    public async Task A_certificate_that_ran_out_is_not_called() =>
        await Refused(caller: Tls(_authority, trusts: _authority), called: Tls(_authority, trusts: _authority, until: Now.AddHours(-1)));

    [Fact]
    public async Task A_certificate_that_ran_out_is_not_let_in() =>
        await Refused(caller: Tls(_authority, trusts: _authority, until: Now.AddHours(-1)), called: Tls(_authority, trusts: _authority));

    [Fact]
    public async Task Nobody_without_a_certificate_is_let_in()
    {
        await using var right = new WireNode(Tls(_authority, trusts: _authority));
        await using var left = new WireNode();
        await Assert.ThrowsAnyAsync<SiloUnavailableException>(() => left.Call(right));
        using var client = new TcpClient();
        await client.ConnectAsync(right.EndPoint);
        await using var tls = new System.Net.Security.SslStream(client.GetStream(), false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        Assert.True(await Record.ExceptionAsync(async () => Assert.Equal(0, await tls.ReadAsync(new byte[1]))) is null or IOException);
    }

    [Fact]
    public void Files_are_read_as_the_settings_name_them_and_what_is_wrong_with_them_is_told_at_once()
    {
        var directory = Directory.CreateTempSubdirectory("troupe-tls-").FullName;
        string File(string name, string text)
        {
            var path = Path.Combine(directory, name);
            System.IO.File.WriteAllText(path, text);
            return path;
        }

        using var own = Own(_authority, Now.AddHours(1));
        using var old = Own(_authority, Now.AddHours(-1));
        var good = new Settings
        {
            Database = "Host=db",
            ClusterUrl = "https://10.0.0.5:3101",
            ClusterSecret = WireNode.Secret,
            ClusterCertificate = File("own.pem", own.ExportCertificatePem()),
            ClusterCertificateKey = File("own.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
            ClusterAuthority = File("authority.pem", _authority.ExportCertificatePem()),
        };
        var key = File("old.key", old.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Assert.Empty(Problems(good));
        Assert.StartsWith("ClusterCertificate: it ran out on", Problems(good with
        {
            ClusterCertificate = File("old.pem", old.ExportCertificatePem()),
            ClusterCertificateKey = key,
        }).Single());
        Assert.Contains("can't be used together", Problems(good with { ClusterCertificateKey = key }).Single());
        Assert.Contains("holds no certificate", Problems(good with { ClusterAuthority = File("empty.pem", "") }).Single());
        Assert.Equal(3, Problems(good with { ClusterCertificate = null, ClusterCertificateKey = null, ClusterAuthority = "nowhere.pem" }).Length);
        Assert.Equal(3, Problems(good with { ClusterUrl = "http://10.0.0.5:3101" }).Length);
        Directory.Delete(directory, recursive: true);

        static string[] Problems(Settings settings) => [.. ClusterRules.Of(settings).Where(rule => rule.IsWrong).Select(rule => rule.Problem)];
    }

    private static async Task Refused(ClusterTls caller, ClusterTls called)
    {
        await using var left = new WireNode(caller);
        await using var right = new WireNode(called);
        await Assert.ThrowsAnyAsync<SiloUnavailableException>(() => left.Call(right));
        Assert.NotEmpty(left.Log);
        Assert.InRange(right.Log.Length, 0, 1); // none when the caller is the one that closes
    }

    private static ClusterTls Tls(X509Certificate2 issuer, X509Certificate2 trusts, DateTimeOffset? until = null) =>
        new(Own(issuer, until ?? Now.AddHours(1)), [], [trusts]);

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(1));
    }

    private static X509Certificate2 Own(X509Certificate2 issuer, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse("10.9.9.9")); // another address on purpose: names are not compared
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(issuer, Now.AddDays(-1), until, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
