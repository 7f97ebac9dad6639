namespace Troupe.Runtime;

/// <summary>What a frame is. The numbers are the protocol: never change one. A node skips types it does not know.</summary>
internal enum FrameType : byte
{
    Hello = 1,
    Challenge = 2,
    Proof = 3,
    Welcome = 4,
    Refused = 5,
    Call = 16,
    Answer = 17,
    Fault = 18,
    Cancel = 19,
    Ping = 20,
    Pong = 21,
    Goodbye = 22,
}

/// <summary>A piece of what goes over a connection: four bytes of length (little-endian, of what follows), one byte of type, the body.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Body">Its body; memory of the reader, good until the next frame is asked for.</param>
internal readonly record struct Frame(FrameType Type, ReadOnlyMemory<byte> Body)
{
    /// <summary>Bytes of the length.</summary>
    internal const int LengthBytes = 4;

    /// <summary>Bytes before the body.</summary>
    internal const int HeadBytes = LengthBytes + 1;
}

/// <summary>What came over a connection is not what this protocol says. Ends the connection.</summary>
internal sealed class WireException(string message) : Exception(message);
