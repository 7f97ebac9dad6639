using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>Tables whose names count up, each changed by one writer and read at every node: a read must never show less than what was acknowledged before it
/// began. That is what a node that was displaced and does not know it would do.</summary>
public sealed class RegisterLoad : IDisposable
{
    private const int Registers = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100), ReadPatience = TimeSpan.FromSeconds(3);
    private readonly CancellationTokenSource _stop = new();
    private readonly Register[] _registers;
    private readonly HttpClient _front;
    private readonly HttpClient[] _nodes;
    private readonly ConcurrentQueue<string> _wrong = [];
    private Task[] _running = [];
    private int _writes, _reads;

    private RegisterLoad(HttpClient front, HttpClient[] nodes, Register[] registers) => (_front, _nodes, _registers) = (front, nodes, registers);

    /// <summary>Makes the tables and begins to write and read.</summary>
    /// <param name="cluster">Writers go through its balancer, readers to each node by itself.</param>
    public static async Task<RegisterLoad> Start(ClusterProcesses cluster)
    {
        using var admin = cluster.Client();
        var key = await admin.MakeKey("tables:read", "tables:write");
        var front = cluster.Client(key, TimeSpan.FromSeconds(5));
        var registers = new Register[Registers];
        for (var i = 0; i < Registers; i++)
        {
            registers[i] = new((await front.PostJson("/api/v1/data-tables", Name(0)))["data"]!["id"]!.GetValue<string>());
        }

        var load = new RegisterLoad(front, [.. cluster.Nodes.Select(node => node.Server.Client(key, ReadPatience))], registers);
        load._running = [.. registers.SelectMany(register => (Task[])[load.Write(register), load.Read(register)])];
        return load;
    }

    /// <summary>Reads every register once more at each node that serves, and fails if any read was wrong. Gives the number of writes and of reads.</summary>
    public async Task<(int Writes, int Reads)> Finish()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var register in _registers)
        {
            foreach (var node in _nodes)
            {
                await Look(register, node);
            }
        }

        Assert.True(_wrong.IsEmpty, string.Join('\n', _wrong.Take(10)));
        Assert.True(_writes > 0 && _reads > 0, "nothing was written, or nothing read");
        return (_writes, _reads);
    }

    public void Dispose()
    {
        _stop.Cancel();
        Array.ForEach(_nodes, node => node.Dispose());
    }

    private async Task Write(Register register)
    {
        for (var value = 1; !_stop.IsCancellationRequested; value++)
        {
            register.Attempt(value);
            try
            {
                await _front.SendJson(HttpMethod.Patch, $"/api/v1/data-tables/{register.Table}", Name(value));
                register.Acknowledge(value);
                Interlocked.Increment(ref _writes);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
            {
                // Whether it was written is not known: it stays among what may be read.
            }

            await Task.Delay(Pause);
        }
    }

    private async Task Read(Register register)
    {
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            await Look(register, _nodes[turn % _nodes.Length]);
            await Task.Delay(Pause);
        }
    }

    private async Task Look(Register register, HttpClient node)
    {
        var least = register.Acknowledged;
        var began = DateTimeOffset.UtcNow;
        try
        {
            var name = (await node.GetJson($"/api/v1/data-tables/{register.Table}"))["data"]!["name"]!.GetValue<string>();
            var value = int.Parse(name, CultureInfo.InvariantCulture);
            Interlocked.Increment(ref _reads);
            if (value < least && !register.IsUnknown(value))
            {
                _wrong.Enqueue($"{began:HH:mm:ss.fff}: {node.BaseAddress} showed {value} of {register.Table} after {least} had been acknowledged");
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
        {
            // Refused or unreachable; that is not wrong.
        }
    }

    private static JsonObject Name(int value) => new() { ["name"] = value.ToString("D8", CultureInfo.InvariantCulture) };

    private sealed class Register(string table)
    {
        private readonly ConcurrentDictionary<int, byte> _unknown = new();
        private int _acknowledged;

        public string Table => table;

        public int Acknowledged => Volatile.Read(ref _acknowledged);

        public void Attempt(int value) => _unknown[value] = 0;

        public void Acknowledge(int value)
        {
            _unknown.TryRemove(value, out _);
            Volatile.Write(ref _acknowledged, value);
        }

        public bool IsUnknown(int value) => _unknown.ContainsKey(value);
    }
}
