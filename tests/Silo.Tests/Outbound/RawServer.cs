using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Troupe.Silo.Tests.Outbound;

/// <summary>A listener on loopback that does with each connection what the test says, byte by byte.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Func<Stream, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _connections;

    public RawServer(Func<Stream, CancellationToken, Task> serve, string address = "127.0.0.1", int port = 0)
    {
        _serve = serve;
        _listener = new(IPAddress.Parse(address), port);
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>An HTTP server that reads a request and writes an answer as it stands.</summary>
    public static RawServer Http(string answer) => Http(answer, []);

    public static RawServer Http(string answer, byte[] body, string address = "127.0.0.1", int port = 0) => new(async (stream, stop) =>
    {
        await ReadRequest(stream, stop);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer.ReplaceLineEndings("\r\n")), stop);
        await stream.WriteAsync(body, stop);
    }, address, port);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/";

    public int Connections => _connections;

    /// <summary>A certificate for a name, and a policy that trusts it.</summary>
    public static (X509Certificate2 Certificate, X509ChainPolicy Trust) Certificate(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(certificate);
        return (certificate, trust);
    }

    public static async Task<SslStream> Secure(Stream stream, X509Certificate2 certificate)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(certificate);
        return secure;
    }

    /// <summary>The head and as much of the body as came with it.</summary>
    public static async Task<string> ReadRequest(Stream stream, CancellationToken stop)
    {
        var (bytes, length) = (new byte[65_536], 0);
        while (true)
        {
            var read = await stream.ReadAsync(bytes.AsMemory(length), stop);
            length += read;
            var text = Encoding.UTF8.GetString(bytes, 0, length);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var announcement = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
            var announced = announcement is null ? 0 : int.Parse(announcement[16..]);
            if (read == 0 || (head >= 0 && length >= head + 4 + announced))
            {
                return text;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting; // before the listener goes: accepting on one that has stopped is an error of its own
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _ = Serve(socket);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Serve(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await _serve(stream, _stop.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
        {
        }
    }
}
