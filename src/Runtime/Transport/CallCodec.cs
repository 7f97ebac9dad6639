using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Troupe.Runtime;

/// <summary>Arguments and results as they cross between nodes: JSON, with byte payloads beside it.</summary>
internal sealed class CallCodec
{
    /// <summary>Largest buffer a thread keeps for its next message.</summary>
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    private readonly JsonSerializerOptions _json;
    private readonly JsonWriterOptions _writing;

    internal CallCodec(JsonSerializerOptions json)
    {
        _json = RawBytes.Over(json);
        _writing = new() { Encoder = json.Encoder, SkipValidation = true };
    }

    /// <summary>A JSON array of the arguments, cancellation tokens left out.</summary>
    internal (byte[] Json, IReadOnlyList<ReadOnlyMemory<byte>> Raw) Write(GrainMethod method, object?[] arguments)
    {
        var writer = Begin();
        writer.WriteStartArray();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (i != method.CancelIndex)
            {
                JsonSerializer.Serialize(writer, arguments[i], _json.GetTypeInfo(method.Parameters[i]));
            }
        }

        writer.WriteEndArray();
        return End(writer);
    }

    /// <summary>Arguments from JSON. A caller of another version may send more, or leave out such that have a default.</summary>
    internal object?[] Read(GrainMethod method, RemoteCall call, CancellationToken cancel)
    {
        RawBytes.BeginRead(call.Raw);
        var reader = new Utf8JsonReader(call.Arguments.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("The arguments are no array.");
        }

        var arguments = new object?[method.Parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = i == method.CancelIndex ? cancel
                : reader.TokenType != JsonTokenType.EndArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray
                    ? JsonSerializer.Deserialize(ref reader, _json.GetTypeInfo(method.Parameters[i]))
                : method.Default(i);
        }

        return arguments;
    }

    /// <summary>A result as an answer.</summary>
    internal RemoteAnswer Write<T>(T result)
    {
        var writer = Begin();
        JsonSerializer.Serialize(writer, result, (JsonTypeInfo<T>)_json.GetTypeInfo(typeof(T)));
        var (json, raw) = End(writer);
        return new(json) { Raw = raw };
    }

    /// <summary>A result from an answer.</summary>
    internal T Read<T>(RemoteAnswer answer)
    {
        RawBytes.BeginRead(answer.Raw);
        return JsonSerializer.Deserialize(answer.Result.Span, (JsonTypeInfo<T>)_json.GetTypeInfo(typeof(T)))!;
    }

    private Utf8JsonWriter Begin()
    {
        RawBytes.BeginWrite();
        var buffer = t_buffer ??= new(1024);
        buffer.ResetWrittenCount();
        if (t_writer is null || t_writer.Options.Encoder != _writing.Encoder)
        {
            t_writer = new(buffer, _writing);
        }

        t_writer.Reset(buffer);
        return t_writer;
    }

    private static (byte[] Json, IReadOnlyList<ReadOnlyMemory<byte>> Raw) End(Utf8JsonWriter writer)
    {
        writer.Flush();
        var json = t_buffer!.WrittenSpan.ToArray();
        if (t_buffer.Capacity > KeptBytes)
        {
            t_buffer = null;
        }

        return (json, RawBytes.EndWrite());
    }
}
