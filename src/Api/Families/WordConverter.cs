using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Families;

/// <summary>Enumerations as words in the family's spelling. A word that is none of them is refused with those there are.</summary>
internal sealed class WordConverter(JsonNamingPolicy naming) : JsonConverterFactory
{
    /// <summary>How the refusal of an unknown word begins; the rest are the words.</summary>
    public const string OneOf = "One of: ";

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter?)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert), naming);

    private sealed class Of<T>(JsonNamingPolicy naming) : JsonConverter<T> where T : struct, Enum
    {
        private readonly FrozenDictionary<T, string> _words =
            Enum.GetValues<T>().ToFrozenDictionary(value => value, value => naming.ConvertName(value.ToString()));

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? Find(reader.GetString()!) : throw Unknown();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(_words[value]);

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Find(reader.GetString()!);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(_words[value]);

        private T Find(string word)
        {
            foreach (var (value, own) in _words)
            {
                if (own == word)
                {
                    return value;
                }
            }

            throw Unknown();
        }

        private JsonException Unknown() => new(OneOf + string.Join(", ", Enum.GetValues<T>().Select(value => _words[value])) + ".");
    }
}
