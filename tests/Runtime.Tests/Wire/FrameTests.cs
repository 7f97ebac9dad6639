using System.Buffers.Binary;
using System.IO.Pipelines;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>Bytes into frames and frames into calls, whatever the bytes are.</summary>
public sealed class FrameTests
{
    private const int Limit = 1_000_000;

    [Fact]
    public async Task Frames_come_out_as_they_went_in_wherever_the_stream_is_cut()
    {
        byte[][] bodies = [[], [1], [.. Enumerable.Range(0, 300).Select(i => (byte)i)], new byte[40_000]];
        var stream = bodies.SelectMany((body, i) => Framed((byte)(i + 1), body)).ToArray();
        foreach (var step in (int[])[1, 2, 3, 7, 64, 4_096, 33_000, stream.Length])
        {
            var pipe = new Pipe(new(pauseWriterThreshold: 0));
            using var reader = new FrameReader(pipe.Reader, Limit);
            var writing = Write(pipe.Writer, stream, step);
            foreach (var (i, body) in bodies.Index())
            {
                var frame = await reader.Next(default).AsTask().Soon();
                Assert.Equal((FrameType)(i + 1), frame.Type);
                Assert.Equal(body, frame.Body.ToArray());
            }

            await writing;
            var end = await Assert.ThrowsAsync<EndOfStreamException>(() => reader.Next(default).AsTask().Soon());
            Assert.DoesNotContain("middle", end.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(Limit + 1u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x20544547u)] // "GET "
    public async Task A_length_that_can_not_be_is_refused_before_anything_is_held_for_it(uint length)
    {
        var pipe = new Pipe();
        using var reader = new FrameReader(pipe.Reader, Limit);
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        await pipe.Writer.WriteAsync(bytes);
        await Assert.ThrowsAsync<WireException>(() => reader.Next(default).AsTask().Soon());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(90_000)]
    public async Task A_stream_that_ends_in_a_frame_says_so(int left)
    {
        var pipe = new Pipe(new(pauseWriterThreshold: 0));
        using var reader = new FrameReader(pipe.Reader, Limit);
        await Write(pipe.Writer, Framed(1, new byte[100_000])[..left], 1_000);
        var end = await Assert.ThrowsAsync<EndOfStreamException>(() => reader.Next(default).AsTask().Soon());
        Assert.Contains("middle of a frame", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_bytes_end_in_a_refusal_and_nothing_else()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(1, 3_000)];
            random.NextBytes(bytes);
            var pipe = new Pipe(new(pauseWriterThreshold: 0));
            using var reader = new FrameReader(pipe.Reader, 1_024);
            var writing = Write(pipe.Writer, bytes, random.Next(1, 500));
            var fault = await Record.ExceptionAsync(async () =>
            {
                while (true)
                {
                    await reader.Next(default).AsTask().Soon();
                }
            });
            Assert.True(fault is WireException or EndOfStreamException, $"seed {seed}: {fault}");
            await writing;
        }
    }

    [Fact]
    public async Task A_call_survives_and_a_damaged_one_is_refused_or_read_as_another()
    {
        var call = new RemoteCall(new("Grain", "wks/ü"), "I", "M", "[1,\"x\"]"u8.ToArray(), TimeSpan.FromSeconds(3), OneWay: true)
        {
            Raw = [new byte[] { 1, 2 }, new byte[] { 3 }],
        };
        var bytes = await Bytes(outbox => Messages.Write(outbox, 42, call, call.TimeLeft));
        var (id, read) = Messages.ReadCall(bytes, new());
        Assert.Equal((42, call.Grain, "I", "M", true, call.TimeLeft), (id, read.Grain, read.Interface, read.Method, read.OneWay, read.TimeLeft));
        Assert.Equal("[1,\"x\"]"u8.ToArray(), read.Arguments.ToArray());
        Assert.Equal([[1, 2], [3]], read.Raw.Select(raw => raw.ToArray()));

        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var damaged = bytes[..(random.Next(2) == 0 ? bytes.Length : random.Next(bytes.Length))];
            for (var i = random.Next(4); i > 0 && damaged.Length > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Refused(seed, () => Messages.ReadCall(damaged, new()));
            Refused(seed, () => Messages.ReadAnswer(damaged));
            Refused(seed, () => Messages.ReadFault(damaged));
        }

        static void Refused(int seed, Func<object> read) =>
            Assert.True(Record.Exception(() => read()) is null or WireException, $"seed {seed}");
    }

    [Fact]
    public void Names_become_strings_once()
    {
        var names = new NameTable();
        Assert.Same(names.Get("IGrain"u8), names.Get("IGrain"u8));
        Assert.Equal("Ünlü", names.Get("Ünlü"u8));
        Assert.Equal("Ünlü", names.Get("Ünlü"u8));
    }

    [Theory]
    [InlineData("10.0.0.5:3101/a1", "10.0.0.5", 3101, "10.0.0.5:3101")]
    [InlineData("[::1]:3101/x/y", "::1", 3101, "[::1]:3101")]
    [InlineData("node-1:1/0", "node-1", 1, "node-1:1")]
    public void A_node_has_a_name(string text, string host, int port, string address)
    {
        var name = NodeName.Parse(text);
        Assert.Equal((host, port, address, text), (name.Host, name.Port, name.Address, name.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("local")]
    [InlineData("host:1")]
    [InlineData("host:1/")]
    [InlineData("host/1")]
    [InlineData(":1/x")]
    [InlineData("host:0/x")]
    [InlineData("host:65536/x")]
    [InlineData("host:-1/x")]
    public void What_is_no_name_is_refused(string? text) => Assert.False(NodeName.TryParse(text, out _));

    private static byte[] Framed(byte type, byte[] body) => [.. BitConverter.GetBytes(body.Length + 1), type, .. body];

    /// <summary>The body of what is written.</summary>
    private static async Task<byte[]> Bytes(Action<Outbox> write)
    {
        var pipe = new Pipe();
        var outbox = new Outbox(_ => { });
        write(outbox);
        outbox.Open(pipe.Writer);
        using var reader = new FrameReader(pipe.Reader, Limit);
        return (await reader.Next(default).AsTask().Soon()).Body.ToArray();
    }

    private static async Task Write(PipeWriter writer, byte[] bytes, int step)
    {
        for (var at = 0; at < bytes.Length; at += step)
        {
            await writer.WriteAsync(bytes.AsMemory(at, Math.Min(step, bytes.Length - at)));
        }

        await writer.CompleteAsync();
    }
}
