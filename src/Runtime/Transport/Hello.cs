using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Runtime;

/// <summary>Why a node does not let another in. The numbers are the protocol.</summary>
internal enum HelloFault : byte
{
    Version = 1,
    Secret = 2,
    OtherNode = 3,
    NotReady = 4,
}

/// <summary>The other side refused, or proved nothing.</summary>
internal sealed class HelloException(string message, HelloFault? fault = null) : Exception(message)
{
    internal HelloFault? Fault => fault;
}

/// <summary>The first frames of a connection, by which both sides learn who the other is and that it knows the secret. The one that opened it speaks first and
/// proves first, so that whoever knocks learns nothing:
/// <code>
/// Hello      magic, highest and lowest version, 32 random bytes, own name, name of the node wanted
/// Challenge  version chosen, 32 random bytes
/// Proof      HMAC-SHA256 over role, hello, challenge
/// Welcome    the same with the other role; or Refused: reason, text, and the same over both too, zeros when the proof was wrong or missing
/// </code>
/// These forms, unlike the frames after them, are the same in every version.</summary>
internal static class Hello
{
    /// <summary>Version this program speaks best.</summary>
    internal const byte Version = 1;

    /// <summary>Oldest version this program still speaks.</summary>
    internal const byte OldestVersion = 1;

    internal const uint Magic = 0x31505254; // "TRP1" in the order of the bytes
    private const string Opener = "troupe opener";
    private const string Acceptor = "troupe acceptor";
    private const int NonceBytes = 32;

    /// <summary>The opening side. Ends when the other has let it in and proved itself; gives the version to speak.</summary>
    internal static async ValueTask<byte> Open(
        FrameReader reader, PipeWriter output, string self, string wanted, SharedSecret secret, CancellationToken cancel)
    {
        var frame = FrameWriter.Begin(FrameType.Hello).Int((int)Magic).Byte(Version).Byte(OldestVersion)
            .Bytes(RandomNumberGenerator.GetBytes(NonceBytes)).Text(self).Text(wanted).End().ToArray();
        var hello = frame[Frame.HeadBytes..];
        await output.WriteAsync(frame, cancel);
        var challenge = await Expect(FrameType.Challenge, []);
        await output.WriteAsync(FrameWriter.Begin(FrameType.Proof).Bytes(secret.Prove(Opener, hello, challenge)).End().ToArray(), cancel);
        var welcome = await Expect(FrameType.Welcome, challenge);
        return secret.Proves(welcome, Acceptor, hello, challenge)
            ? challenge[0]
            : throw new HelloException("it does not know the cluster's secret", HelloFault.Secret);

        async ValueTask<byte[]> Expect(FrameType expected, byte[] challenge)
        {
            var next = await reader.Next(cancel);
            return next.Type == FrameType.Refused ? throw Refusal(next.Body.Span, secret, hello, challenge)
                : next.Type == expected && next.Body.Length >= SharedSecret.ProofBytes ? next.Body.ToArray()
                : throw new WireException($"a frame of type {(byte)next.Type} came instead of the {expected}");
        }
    }

    /// <summary>The accepting side. Ends when the other is let in; gives its name. Whoever is not let in is told so first.</summary>
    internal static async ValueTask<string> Accept(FrameReader reader, PipeWriter output, string? self, SharedSecret secret, CancellationToken cancel)
    {
        var unproved = new byte[SharedSecret.ProofBytes];
        var hello = await Said(FrameType.Hello, reader, cancel);
        var (version, from, wanted) = Read(hello);
        if (version < OldestVersion)
        {
            throw await Refuse(output, HelloFault.Version, $"this node speaks versions {OldestVersion} to {Version} of the protocol", unproved, cancel);
        }

        byte[] challenge = [version, .. RandomNumberGenerator.GetBytes(NonceBytes)];
        await output.WriteAsync(FrameWriter.Begin(FrameType.Challenge).Bytes(challenge).End().ToArray(), cancel);
        if (!secret.Proves(await Said(FrameType.Proof, reader, cancel), Opener, hello, challenge))
        {
            throw await Refuse(output, HelloFault.Secret, "the proof does not fit this cluster's secret", unproved, cancel);
        }

        if (self != wanted)
        {
            var fault = self is null ? HelloFault.NotReady : HelloFault.OtherNode;
            var text = self is null ? "this node is only starting" : $"this is {self}, not {wanted}";
            throw await Refuse(output, fault, text, secret.Prove(Acceptor, hello, challenge, Told(fault, text)), cancel);
        }

        await output.WriteAsync(FrameWriter.Begin(FrameType.Welcome).Bytes(secret.Prove(Acceptor, hello, challenge)).End().ToArray(), cancel);
        return from;
    }

    private static async ValueTask<byte[]> Said(FrameType expected, FrameReader reader, CancellationToken cancel)
    {
        var frame = await reader.Next(cancel);
        return frame.Type == expected ? frame.Body.ToArray() : throw new WireException("what it said is no hello");
    }

    private static async ValueTask<HelloException> Refuse(PipeWriter output, HelloFault fault, string text, byte[] proof, CancellationToken cancel)
    {
        await output.WriteAsync(FrameWriter.Begin(FrameType.Refused).Byte((byte)fault).Text(text).Bytes(proof).End().ToArray(), cancel);
        return new(text, fault);
    }

    private static (byte Version, string From, string Wanted) Read(ReadOnlySpan<byte> hello)
    {
        var body = new FrameBody(hello);
        if ((uint)body.Int() != Magic)
        {
            throw new WireException("what it said is no hello");
        }

        var (highest, lowest) = (body.Byte(), body.Byte());
        body.Bytes(NonceBytes);
        return (lowest > Version ? (byte)0 : Math.Min(highest, Version), body.Text(), body.Text());
    }

    // A refusal that is not proved may come from anybody on the way: it must not count as news of the node.
    private static HelloException Refusal(ReadOnlySpan<byte> frame, SharedSecret secret, byte[] hello, byte[] challenge)
    {
        var body = new FrameBody(frame);
        var (fault, text) = ((HelloFault)body.Byte(), body.Text());
        var isProved = secret.Proves(body.Bytes(SharedSecret.ProofBytes), Acceptor, hello, challenge, Told(fault, text));
        return new(text, isProved || fault is HelloFault.Version or HelloFault.Secret ? fault : null);
    }

    private static byte[] Told(HelloFault fault, string text) => [(byte)fault, .. Encoding.UTF8.GetBytes(text)];
}
