using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using Troupe.Api.Families;

namespace Troupe.Api.OpenApi;

/// <summary>Schemas of the types that go over the wire, in a family's own JSON: the names, enums and nulls are those the serializer itself would use.
/// Objects become components of the document.</summary>
internal sealed class Schemas(OpenApiDocument document, JsonSerializerOptions json)
{
    /// <summary>The schema of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="sent">True for what callers send: strict, and nothing need be there. False for answers: every member is.</param>
    public IOpenApiSchema Of(Type type, bool sent)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Shape.OrNull(Of(inner, sent));
        }

        if (Generic(type, typeof(Patch<>)) is { } patched)
        {
            return Shape.OrNull(Of(patched, sent));
        }

        if (Simple(type) is { } simple)
        {
            return simple;
        }

        if (type.IsEnum)
        {
            return new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Enum.GetValues(type).Cast<object>().Select(Written)] };
        }

        if (type == typeof(CustomFields))
        {
            return new OpenApiSchema { Type = JsonSchemaType.Object };
        }

        var (owned, stored) = (Generic(type, typeof(Owned<>)), Generic(type, typeof(Stored<>)));
        string[] around = owned is not null ? ["Id", "TenantId", "WorkspaceId"] : stored is not null ? ["Id"] : [];
        var info = json.GetTypeInfo(owned ?? stored ?? type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => Shape.List(Of(info.ElementType!, sent)),
            JsonTypeInfoKind.Dictionary => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Of(info.ElementType!, sent) },
            JsonTypeInfoKind.Object => Component(info, sent, around),
            _ => new OpenApiSchema(), // written by a converter of its own: any JSON
        };
    }

    private static IOpenApiSchema Described(IOpenApiSchema schema, string? text)
    {
        schema.Description = text ?? schema.Description;
        return schema;
    }

    private static Type? Generic(Type type, Type of) => type.IsGenericType && type.GetGenericTypeDefinition() == of ? type.GetGenericArguments()[0] : null;

    private static OpenApiSchema? Simple(Type type) => type switch
    {
        _ when type == typeof(string) => Shape.Text(),
        _ when type == typeof(bool) => new() { Type = JsonSchemaType.Boolean },
        _ when type == typeof(int) => new() { Type = JsonSchemaType.Integer, Format = "int32" },
        _ when type == typeof(long) => new() { Type = JsonSchemaType.Integer, Format = "int64" },
        _ when type == typeof(double) || type == typeof(decimal) => new() { Type = JsonSchemaType.Number },
        _ when type == typeof(Guid) => new() { Type = JsonSchemaType.String, Format = "uuid" },
        _ when type == typeof(DateTimeOffset) => new() { Type = JsonSchemaType.String, Format = "date-time" },
        _ when type == typeof(DateOnly) => new() { Type = JsonSchemaType.String, Format = "date" },
        _ when type == typeof(JsonObject) => new() { Type = JsonSchemaType.Object },
        _ when type == typeof(RawJson) || type == typeof(JsonElement) || type == typeof(object) || typeof(JsonNode).IsAssignableFrom(type) => new(),
        _ => null,
    };

    private JsonNode Written(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), json)!;

    /// <summary>A reference to the component of an object, which is made at the first call; it is registered before its members, which may name it.</summary>
    private OpenApiSchemaReference Component(JsonTypeInfo info, bool sent, string[] around)
    {
        var name = string.Concat(info.Type.GetGenericArguments().Select(of => of.Name)) + info.Type.Name.Split('`')[0];
        name += sent && !name.EndsWith("Draft", StringComparison.Ordinal) ? "Sent" : "";
        if (document.Components?.Schemas?.ContainsKey(name) != true)
        {
            var schema = Shape.Object();
            document.AddComponent(name, schema);
            Fill(schema, info, sent);
            foreach (var member in around)
            {
                Add(schema, member, Shape.Text());
            }

            if (around.Length > 0)
            {
                Add(schema, "CreatedAt", Simple(typeof(DateTimeOffset))!);
                Add(schema, "UpdatedAt", Simple(typeof(DateTimeOffset))!);
            }
        }

        return new(name, document);
    }

    private void Add(OpenApiSchema schema, string member, OpenApiSchema of)
    {
        var name = json.PropertyNamingPolicy!.ConvertName(member);
        schema.Properties![name] = of;
        schema.Required!.Add(name);
    }

    private void Fill(OpenApiSchema schema, JsonTypeInfo info, bool sent)
    {
        schema.AdditionalPropertiesAllowed = !sent;
        var told = DocComments.Of(info.Type);
        schema.Description = told.Type;
        foreach (var member in info.Properties.Where(p => sent ? p.Set is not null || p.AssociatedParameter is not null : p.Get is not null))
        {
            var of = Of(member.PropertyType, sent);
            var nullable = (sent ? member.IsSetNullable : member.IsGetNullable) && !member.PropertyType.IsValueType;
            schema.Properties![member.Name] = Described(nullable ? Shape.OrNull(of) : of, told.Member((member.AttributeProvider as MemberInfo)?.Name));
            var mustBe = sent ? member.AssociatedParameter is { HasDefaultValue: false, IsNullable: false } : member.ShouldSerialize is null;
            if (mustBe)
            {
                schema.Required!.Add(member.Name);
            }
        }
    }
}
