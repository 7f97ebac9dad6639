using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Troupe.Silo.Outbound;

/// <summary>Opens every connection to the outside: resolves the name itself, checks each address, and connects to a checked address, so that a name which
/// resolves differently the second time gains nothing.</summary>
/// <param name="allow">Exceptions to the rules for addresses.</param>
/// <param name="resolve">Looks a name up; the system's resolver outside tests.</param>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is not used holds nothing to dispose.")]
public sealed class Guard(IReadOnlyList<AllowEntry> allow, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>Addresses of one name that are tried.</summary>
    public const int Tried = 4;

    /// <summary>Time for one address; the caller's token ends it earlier.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;
    private readonly SemaphoreSlim _lookUps = new(Limits.OutboundLookUps);

    /// <summary>A connection to a host, as a stream.</summary>
    /// <exception cref="OutboundException"><c>dns_failed</c>, <c>address_refused</c> or <c>connect_failed</c>.</exception>
    public async ValueTask<Stream> Connect(string host, int port, CancellationToken cancel)
    {
        var addresses = await Resolve(host, cancel);
        var open = addresses.Where(address => AddressRules.IsPublic(address) || allow.Any(entry => entry.Covers(host, port, address))).Take(Tried).ToList();
        if (open.Count == 0)
        {
            var message = $"'{host}' has no public address. For development its host or network can be entered in Outbound:Allow.";
            throw new OutboundException("address_refused", message, retryable: false);
        }

        foreach (var address in open)
        {
            if (await TryConnect(address, port, cancel) is { } socket)
            {
                return new NetworkStream(socket, ownsSocket: true);
            }
        }

        throw new OutboundException("connect_failed", $"No connection to '{host}' on port {port}.", retryable: true);
    }

    private async Task<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
        {
            return [AddressRules.Plain(literal)];
        }

        try
        {
            var found = await LookUp(host, cancel);
            return found.Length > 0 ? [.. found.Select(AddressRules.Plain).Distinct()] : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (Exception problem) when (problem is SocketException or ArgumentException)
        {
            throw new OutboundException("dns_failed", $"The name '{host}' was not found.", retryable: true);
        }
    }

    /// <summary>Asks the resolver. The system's does not hear the token and holds a thread meanwhile, so an abandoned look-up keeps its place until it
    /// ends.</summary>
    private async Task<IPAddress[]> LookUp(string host, CancellationToken cancel)
    {
        await _lookUps.WaitAsync(cancel);
        var asked = Ask(host);
        return await asked.WaitAsync(cancel);
    }

    private async Task<IPAddress[]> Ask(string host)
    {
        try
        {
            return await _resolve(host, CancellationToken.None);
        }
        finally
        {
            _lookUps.Release();
        }
    }

    private static async Task<Socket?> TryConnect(IPAddress address, int port, CancellationToken cancel)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        attempt.CancelAfter(ConnectTimeout);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, attempt.Token);
            return socket;
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }
}
