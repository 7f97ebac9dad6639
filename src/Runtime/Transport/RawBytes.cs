using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Runtime;

/// <summary>Keeps byte payloads out of the JSON between nodes: the JSON has the place of each in a list that goes beside it, so that megabytes of rows
/// are not turned into base64 and back. Base64, as other writers have it, is read too.</summary>
internal static class RawBytes
{
    // The serializer has no state for a single run; it never leaves its thread.
    [ThreadStatic]
    private static List<ReadOnlyMemory<byte>>? t_written;

    [ThreadStatic]
    private static IReadOnlyList<ReadOnlyMemory<byte>>? t_read;

    /// <summary>These options with byte payloads beside the JSON.</summary>
    internal static JsonSerializerOptions Over(JsonSerializerOptions json)
    {
        var options = new JsonSerializerOptions(json);
        options.Converters.Insert(0, new ArrayConverter());
        options.Converters.Insert(0, new MemoryConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Begins to write on this thread.</summary>
    internal static void BeginWrite() => t_written = null;

    /// <summary>The payloads written since.</summary>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> EndWrite()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> written = t_written ?? [];
        t_written = null;
        return written;
    }

    /// <summary>Says which payloads the JSON read next on this thread refers to.</summary>
    internal static void BeginRead(IReadOnlyList<ReadOnlyMemory<byte>> raw) => t_read = raw;

    private static void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value)
    {
        t_written ??= [];
        writer.WriteNumberValue(t_written.Count);
        t_written.Add(value);
    }

    private static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return reader.GetBytesFromBase64();
        }

        return reader.TryGetInt32(out var place) && place >= 0 && place < t_read?.Count
            ? t_read[place]
            : throw new JsonException("The message refers to a payload that did not come with it.");
    }

    private sealed class MemoryConverter : JsonConverter<ReadOnlyMemory<byte>>
    {
        public override bool HandleNull => true;

        public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? default : RawBytes.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) => RawBytes.Write(writer, value);
    }

    private sealed class ArrayConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => RawBytes.Read(ref reader).ToArray();

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => RawBytes.Write(writer, value);
    }
}
