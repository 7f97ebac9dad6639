using System.Net;
using System.Net.Sockets;

namespace Troupe.Tests;

/// <summary>A wire that a test may cut: passes bytes to a port of this machine, or keeps them to itself, or resets whatever comes.</summary>
public sealed class CutProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly HashSet<Socket> _sockets = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private TaskCompletionSource _passes = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _resets, _disposed;

    /// <summary>A wire to this port that passes.</summary>
    public CutProxy(int target)
    {
        Target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(256);
        _passes.SetResult();
        _accepting = Accept();
    }

    /// <summary>The port to connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The port behind it; a change counts for new connections.</summary>
    public int Target { get; set; }

    /// <summary>Swallows everything in both directions and answers nothing, as a network does that has lost a cable. What was sent meanwhile arrives
    /// after <see cref="Pass"/>, as TCP has it.</summary>
    public void Silence()
    {
        lock (_gate)
        {
            if (_passes.Task.IsCompleted)
            {
                _passes = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Resets every connection, and new ones as they come.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _resets = true;
            foreach (var socket in _sockets)
            {
                Break(socket);
            }

            _sockets.Clear();
        }
    }

    /// <summary>Cuts it: <c>silent</c> or <c>reset</c>.</summary>
    public void Cut(string way)
    {
        if (way == "silent")
        {
            Silence();
        }
        else
        {
            Reset();
        }
    }

    /// <summary>Lets everything through again.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            _resets = false;
            _passes.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _listener.Dispose();
        Reset();
        Pass();
        await _accepting;
    }

    private async Task Accept()
    {
        while (!_disposed)
        {
            try
            {
                _ = Relay(await _listener.AcceptAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed, or a client that was gone before it was accepted.
            }
        }
    }

    private async Task Relay(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            if (Hold(client))
            {
                await _passes.Task;
                await server.ConnectAsync(IPAddress.Loopback, Target);
                if (Hold(server))
                {
                    await Task.WhenAll(Pump(client, server), Pump(server, client));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side broke off; so does the other.
        }
        finally
        {
            Drop(client);
            Drop(server);
        }
    }

    private async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                await _passes.Task;
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }

            await _passes.Task;
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await _passes.Task;
            Drop(from);
            Drop(to);
        }
    }

    /// <summary>Keeps a socket among those that can be cut; false when it is cut already.</summary>
    private bool Hold(Socket socket)
    {
        lock (_gate)
        {
            if (_resets)
            {
                Break(socket);
                return false;
            }

            return _sockets.Add(socket);
        }
    }

    private void Drop(Socket socket)
    {
        lock (_gate)
        {
            _sockets.Remove(socket);
        }

        Break(socket);
    }

    private static void Break(Socket socket)
    {
        try
        {
            socket.LingerState = new(true, 0); // a reset, not a farewell
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }

        socket.Dispose();
    }
}
