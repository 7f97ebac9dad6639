using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Kernel;

/// <summary>The free fields of a record: a JSON object as it was sent, without white space. At most <see cref="Limits.CustomFieldBytes"/> and
/// <see cref="Limits.CustomFieldKeys"/>.</summary>
/// <param name="Text">The object as JSON text.</param>
[JsonConverter(typeof(Converter))]
public sealed record CustomFields(string Text)
{
    private const char Between = '\u001f';
    private const int LongestTag = 200;

    /// <summary>No fields.</summary>
    public static CustomFields None { get; } = new("{}");

    /// <summary>A tag for every top-level field with a scalar value.</summary>
    public IReadOnlyList<string> Tags()
    {
        if (Text.Length == None.Text.Length)
        {
            return [];
        }

        using var json = JsonDocument.Parse(Text);
        return
        [
            .. from field in json.RootElement.EnumerateObject()
               where field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
               select Tag(field.Name, field.Value.ToString() is var value && field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
                   ? field.Value.GetRawText() : value),
        ];
    }

    /// <summary>The tag of a field with a scalar value in its text form (<c>42</c>, <c>true</c>). Long ones are cut and hashed: a tag is a key of an
    /// index.</summary>
    public static string Tag(string key, string value)
    {
        var tag = $"{key}{Between}{value}";
        return tag.Length <= LongestTag ? tag
            : $"{tag[..(LongestTag / 2)]}{Between}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tag)))}";
    }

    /// <summary>What is wrong with the size; null when nothing is.</summary>
    internal string? Problem()
    {
        using var json = JsonDocument.Parse(Text);
        var keys = json.RootElement.EnumerateObject().Select(field => field.Name).ToArray();
        return Encoding.UTF8.GetByteCount(Text) > Limits.CustomFieldBytes ? $"Custom fields take at most {Limits.CustomFieldBytes:N0} bytes."
            : keys.Length > Limits.CustomFieldKeys ? $"There are at most {Limits.CustomFieldKeys} custom fields."
            : keys.Distinct(StringComparer.Ordinal).Count() < keys.Length ? "A custom field stands here twice."
            : Array.Exists(keys, key => key.Contains('\0', StringComparison.Ordinal)) || Text.Contains("\\u0000", StringComparison.Ordinal)
                ? "Custom fields hold no character U+0000."
            : null;
    }

    /// <summary>Reads and writes the bare object.</summary>
    internal sealed class Converter : JsonConverter<CustomFields>
    {
        private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public override CustomFields Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var element = JsonElement.ParseValue(ref reader);
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException();
            }

            var text = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(text, Compact))
            {
                element.WriteTo(writer);
            }

            return new(Encoding.UTF8.GetString(text.WrittenSpan));
        }

        public override void Write(Utf8JsonWriter writer, CustomFields value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Text, skipInputValidation: true);
    }
}
