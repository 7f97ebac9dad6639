using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Troupe.Kernel;

/// <summary>The one JSON form of stored bodies and of messages between nodes: snake_case, enums as snake_case strings, nulls left out.</summary>
public static class Json
{
    /// <summary>The options. Frozen: a family that needs another accent makes its own.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>The body as UTF-8.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads a body this version or an earlier one wrote; members unknown to this version are ignored.</summary>
    public static T Read<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException($"The stored {typeof(T).Name} is null.");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            AllowOutOfOrderMetadataProperties = true, // a database that stores JSON in its own form may reorder members
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutAbsent } },
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void LeaveOutAbsent(JsonTypeInfo type)
    {
        foreach (var member in type.Properties.Where(member => typeof(IPatch).IsAssignableFrom(member.PropertyType)))
        {
            member.ShouldSerialize = static (_, value) => value is IPatch { Given: true };
        }
    }
}
