using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Runtime.Tests;

/// <summary>The other side of a connection, played by the test from the written protocol and nothing else.</summary>
public sealed class Bare(ILine line)
{
    private readonly Stream _in = line.Input.AsStream();

    public async Task<(byte Type, byte[] Body)> Read()
    {
        var head = new byte[4];
        await _in.ReadExactlyAsync(head).AsTask().Soon();
        var frame = new byte[BinaryPrimitives.ReadUInt32LittleEndian(head)];
        await _in.ReadExactlyAsync(frame).AsTask().Soon();
        return (frame[0], frame[1..]);
    }

    /// <summary>The next frame that is no ping; pings are answered, or not.</summary>
    public async Task<(byte Type, byte[] Body)> ReadCall(bool answersPings = true)
    {
        while (await Read() is var frame)
        {
            if (frame.Type != 20)
            {
                return frame;
            }

            if (answersPings)
            {
                await Write(21, []);
            }
        }

        throw new InvalidOperationException();
    }

    /// <summary>True when the other side closes without another word.</summary>
    public async Task<bool> IsClosed()
    {
        try
        {
            return await _in.ReadAsync(new byte[1]).AsTask().Soon() == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public async Task Write(byte type, params byte[][] parts)
    {
        var frame = parts.SelectMany(part => part).ToArray();
        await Send([.. BitConverter.GetBytes(frame.Length + 1), type, .. frame]);
    }

    /// <summary>Sends what the other side takes; it may have closed meanwhile.</summary>
    public async Task Send(byte[] bytes)
    {
        try
        {
            await line.Output.WriteAsync(bytes).AsTask().Soon();
        }
        catch (IOException)
        {
            // what comes back tells
        }
    }

    public void Close() => line.Close();

    /// <summary>Says hello as the side that opened. Gives what the other answered last.</summary>
    public async Task<(byte Type, byte[] Body)> Knock(string wanted, string secret = PipeNet.Secret, byte highest = 1, byte lowest = 1)
    {
        byte[] hello = [.. "TRP1"u8, highest, lowest, .. RandomNumberGenerator.GetBytes(32), .. Text("10.0.0.9:1/bare"), .. Text(wanted)];
        await Write(1, hello);
        var challenge = await Read();
        if (challenge.Type != 2)
        {
            return challenge;
        }

        await Write(3, Proof(secret, "troupe opener", hello, challenge.Body));
        var welcome = await Read();
        Assert.True(welcome.Type != 4 || welcome.Body.SequenceEqual(Proof(secret, "troupe acceptor", hello, challenge.Body)));
        return welcome;
    }

    /// <summary>Says hello as the side that was called.</summary>
    public async Task Welcome(string secret = PipeNet.Secret, string role = "troupe acceptor")
    {
        var hello = await Read();
        Assert.Equal((1, "TRP1"), (hello.Type, Encoding.ASCII.GetString(hello.Body[..4])));
        byte[] challenge = [1, .. RandomNumberGenerator.GetBytes(32)];
        await Write(2, challenge);
        var proof = await Read();
        Assert.Equal(3, proof.Type);
        await Write(4, Proof(secret, role, hello.Body, challenge));
    }

    /// <summary>The proof of a role: HMAC over its name and, each after its length, what was said.</summary>
    public static byte[] Proof(string secret, string role, params byte[][] said) => HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret),
        Encoding.UTF8.GetBytes(role).Concat(said.SelectMany(part => BitConverter.GetBytes(part.Length).Concat(part))).ToArray());

    public static byte[] Text(string text) => [.. BitConverter.GetBytes((ushort)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>The body of a call.</summary>
    public static byte[] Call(long id, string json) =>
    [
        .. BitConverter.GetBytes(id), 0, .. BitConverter.GetBytes(5_000), .. Text("G"), .. Text("w/1"), .. Text("I"), .. Text("M"),
        .. BitConverter.GetBytes(json.Length), .. BitConverter.GetBytes(0), .. Encoding.UTF8.GetBytes(json),
    ];

    /// <summary>The body of an answer.</summary>
    public static byte[] Answer(long id, string json) =>
        [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes(json.Length), .. BitConverter.GetBytes(0), .. Encoding.UTF8.GetBytes(json)];

    public static long Id(byte[] body) => BitConverter.ToInt64(body);
}
