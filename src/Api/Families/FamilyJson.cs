using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Families;

/// <summary>Makes the JSON options of a family: strict on the way in (no duplicate or unknown properties, no comments, bounded depth), UTC times and nulls
/// spelt out on the way out.</summary>
public static class FamilyJson
{
    /// <summary>The options for a naming policy. Frozen.</summary>
    public static JsonSerializerOptions With(JsonNamingPolicy naming)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = naming,
            MaxDepth = Limits.JsonDepth,
            AllowDuplicateProperties = false,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            NumberHandling = JsonNumberHandling.Strict,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new WordConverter(naming), new UtcConverter(), new StoredConverter(), new OwnedConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Times as RFC 3339 in UTC with milliseconds: <c>2026-03-01T12:00:00.000Z</c>.</summary>
    private sealed class UtcConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Time.Milliseconds(reader.GetDateTimeOffset());

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    /// <summary>The same with tenant and workspace after the id.</summary>
    private sealed class OwnedConverter : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Owned<>);

        public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter?)Activator.CreateInstance(typeof(Flat<>).MakeGenericType(typeToConvert.GetGenericArguments()));

        private sealed class Flat<T> : JsonConverter<Owned<T>>
        {
            public override Owned<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                throw new NotSupportedException("Records are answered, never sent.");

            public override void Write(Utf8JsonWriter writer, Owned<T> value, JsonSerializerOptions options) =>
                StoredConverter.Flat<T>.Write(writer, value.Record, value.Workspace, options);
        }
    }

    /// <summary>A stored record as one flat object: id, the record's own members, created_at, updated_at.</summary>
    private sealed class StoredConverter : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Stored<>);

        public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter?)Activator.CreateInstance(typeof(Flat<>).MakeGenericType(typeToConvert.GetGenericArguments()));

        internal sealed class Flat<T> : JsonConverter<Stored<T>>
        {
            public override Stored<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                throw new NotSupportedException("Stored records are answered, never sent.");

            public override void Write(Utf8JsonWriter writer, Stored<T> value, JsonSerializerOptions options) => Write(writer, value, null, options);

            public static void Write(Utf8JsonWriter writer, Stored<T> value, string? workspace, JsonSerializerOptions options)
            {
                writer.WriteStartObject();
                writer.WriteString("id", value.Id);
                if (workspace is not null)
                {
                    // A workspace is its own tenant here, so one id tells the other.
                    var tenant = workspace[(workspace.IndexOf('_', StringComparison.Ordinal) + 1)..];
                    writer.WriteString(options.PropertyNamingPolicy!.ConvertName("TenantId"), $"ten_{tenant}");
                    writer.WriteString(options.PropertyNamingPolicy.ConvertName("WorkspaceId"), workspace);
                }

                foreach (var member in options.GetTypeInfo(typeof(T)).Properties)
                {
                    if (member.Get is { } get)
                    {
                        writer.WritePropertyName(member.Name);
                        JsonSerializer.Serialize(writer, get(value.Value!), member.PropertyType, options);
                    }
                }

                Moment(nameof(value.CreatedAt), value.CreatedAt);
                Moment(nameof(value.UpdatedAt), value.UpdatedAt);
                writer.WriteEndObject();

                void Moment(string name, DateTimeOffset time)
                {
                    writer.WritePropertyName(options.PropertyNamingPolicy!.ConvertName(name));
                    JsonSerializer.Serialize(writer, time, options);
                }
            }
        }
    }
}
