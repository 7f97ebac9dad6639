using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;

namespace Troupe.Runtime;

/// <summary>Why a node does not let another in. The numbers are the protocol.</summary>
internal enum HelloRefusal : byte
{
    Version = 1,
    Secret = 2,
    OtherNode = 3,
    NotReady = 4,
}

/// <summary>The other side refused, or proved nothing.</summary>
internal sealed class HelloException(string message, HelloRefusal? refusal = null) : Exception(message)
{
    internal HelloRefusal? Refusal => refusal;
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
    internal static async ValueTask<byte> Open(FrameReader reader, PipeWriter output, string self, string wanted, ClusterSecret secret, CancellationToken cancel)
    {
        var hello = FrameWriter.Begin(FrameType.Hello).Int((int)Magic).Byte(Version).Byte(OldestVersion)
            .Bytes(RandomNumberGenerator.GetBytes(NonceBytes)).Text(self).Text(wanted).End().ToArray();
        await output.WriteAsync(hello, cancel);
        var challenge = await Next(FrameType.Challenge, hello, []);
        await output.WriteAsync(FrameWriter.Begin(FrameType.Proof).Bytes(secret.Prove(Opener, hello[Frame.HeadBytes..], challenge)).End().ToArray(), cancel);
        var welcome = await Next(FrameType.Welcome, hello, challenge);
        return secret.Proves(welcome, Acceptor, hello[Frame.HeadBytes..], challenge)
            ? challenge[0]
            : throw new HelloException("it does not know the cluster's secret", HelloRefusal.Secret);

        async ValueTask<byte[]> Next(FrameType expected, byte[] hello, byte[] challenge)
        {
            var frame = await reader.Next(cancel);
            return frame.Type == FrameType.Refused ? throw Refusal(frame.Body.Span, secret, hello, challenge)
                : frame.Type == expected && frame.Body.Length >= ClusterSecret.ProofBytes ? frame.Body.ToArray()
                : throw new WireException($"a frame of type {(byte)frame.Type} came instead of the {expected}");
        }
    }

    /// <summary>The accepting side. Ends when the other is let in; gives its name. Whoever is not let in is told so first.</summary>
    internal static async ValueTask<string> Accept(FrameReader reader, PipeWriter output, string? self, ClusterSecret secret, CancellationToken cancel)
    {
        var hello = (await Next(FrameType.Hello)).ToArray();
        var (version, from, wanted) = Read(hello);
        if (version < OldestVersion)
        {
            throw await Refuse(HelloRefusal.Version, $"this node speaks versions {OldestVersion} to {Version} of the protocol", new byte[ClusterSecret.ProofBytes]);
        }

        var challenge = new byte[1 + NonceBytes];
        challenge[0] = version;
        RandomNumberGenerator.Fill(challenge.AsSpan(1));
        await output.WriteAsync(FrameWriter.Begin(FrameType.Challenge).Bytes(challenge).End().ToArray(), cancel);
        if (!secret.Proves((await Next(FrameType.Proof)).Span, Opener, hello, challenge))
        {
            throw await Refuse(HelloRefusal.Secret, "the proof does not fit this cluster's secret", new byte[ClusterSecret.ProofBytes]);
        }

        if (self != wanted)
        {
            var refusal = self is null ? HelloRefusal.NotReady : HelloRefusal.OtherNode;
            var text = self is null ? "this node is only starting" : $"this is {self}, not {wanted}";
            throw await Refuse(refusal, text, secret.Prove(Acceptor, hello, challenge, Told(refusal, text)));
        }

        await output.WriteAsync(FrameWriter.Begin(FrameType.Welcome).Bytes(secret.Prove(Acceptor, hello, challenge)).End().ToArray(), cancel);
        return from;

        async ValueTask<ReadOnlyMemory<byte>> Next(FrameType expected)
        {
            var frame = await reader.Next(cancel);
            return frame.Type == expected ? frame.Body : throw new WireException("what it said is no hello");
        }

        async ValueTask<HelloException> Refuse(HelloRefusal refusal, string text, byte[] proof)
        {
            await output.WriteAsync(FrameWriter.Begin(FrameType.Refused).Byte((byte)refusal).Text(text).Bytes(proof).End().ToArray(), cancel);
            return new(text, refusal);
        }
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
    private static HelloException Refusal(ReadOnlySpan<byte> frame, ClusterSecret secret, byte[] hello, byte[] challenge)
    {
        var body = new FrameBody(frame);
        var (refusal, text) = ((HelloRefusal)body.Byte(), body.Text());
        var isProved = secret.Proves(body.Bytes(ClusterSecret.ProofBytes), Acceptor, hello[Frame.HeadBytes..], challenge, Told(refusal, text));
        return new(text, isProved || refusal is HelloRefusal.Version or HelloRefusal.Secret ? refusal : null);
    }

    private static byte[] Told(HelloRefusal refusal, string text) => [(byte)refusal, .. Encoding.UTF8.GetBytes(text)];
}
