using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Kernel;

/// <summary>A member of a draft in three states: absent (as it was), null (cleared, back to the default) and a value. What is absent is not
/// written (<see cref="Json"/>), so that it stays absent when a draft travels between nodes.</summary>
[JsonConverter(typeof(PatchConverter))]
public readonly record struct Patch<T> : IPatch
{
    /// <summary>A given member; a null value clears.</summary>
    public Patch(T? value) => (Value, Given) = (value, true);

    /// <summary>The value; null when cleared, default when absent.</summary>
    public T? Value { get; }

    /// <summary>False when the caller did not mention the member.</summary>
    public bool Given { get; }

    /// <summary>The value if the member was mentioned, otherwise what was there before.</summary>
    public T? Or(T? before) => Given ? Value : before;

    public static implicit operator Patch<T>(T? value) => new(value);
}

/// <summary>A member in three states whose type is not known here.</summary>
internal interface IPatch
{
    /// <summary>False when the caller did not mention the member.</summary>
    bool Given { get; }
}

/// <summary>Reads and writes <see cref="Patch{T}"/> as its bare value; a member that is not in the JSON is left at its default, which is absent.</summary>
public sealed class PatchConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Patch<>);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<Patch<T>>
    {
        public override bool HandleNull => true;

        public override Patch<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return reader.TokenType == JsonTokenType.Null ? new(default) : new(JsonSerializer.Deserialize<T>(ref reader, options));
            }
            catch (JsonException e)
            {
                throw new JsonException(e.Message, e); // without a path, so that the serializer outside tells its own; the rest of it is the inner one's
            }
        }

        public override void Write(Utf8JsonWriter writer, Patch<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
