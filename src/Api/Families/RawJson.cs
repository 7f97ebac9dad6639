using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Families;

/// <summary>A part of an answer that is JSON already and goes out as it is.</summary>
/// <param name="Utf8">Valid JSON.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    /// <summary>Writes it; it is never read.</summary>
    internal sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Raw JSON is answered, never sent.");

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
