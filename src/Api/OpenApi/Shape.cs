using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Troupe.Api.OpenApi;

/// <summary>Short ways to write a schema.</summary>
internal static class Shape
{
    /// <summary>A text.</summary>
    public static OpenApiSchema Text(string? description = null) => new() { Type = JsonSchemaType.String, Description = description };

    /// <summary>A text that may be null.</summary>
    public static OpenApiSchema TextOrNull(string description) =>
        new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = description };

    /// <summary>A boolean that is always true.</summary>
    public static OpenApiSchema True() => new() { Type = JsonSchemaType.Boolean, Enum = [JsonValue.Create(true)] };

    /// <summary>A whole number.</summary>
    public static OpenApiSchema Whole(int least, int? most = null) =>
        new() { Type = JsonSchemaType.Integer, Minimum = $"{least}", Maximum = most is null ? null : $"{most}" };

    /// <summary>A list.</summary>
    public static OpenApiSchema List(IOpenApiSchema of) => new() { Type = JsonSchemaType.Array, Items = of };

    /// <summary>An object whose members are all there.</summary>
    public static OpenApiSchema Object(params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = members.ToDictionary(m => m.Name, m => m.Schema),
        Required = members.Select(m => m.Name).ToHashSet(StringComparer.Ordinal),
    };

    /// <summary>Adds members that need not be there.</summary>
    public static OpenApiSchema Or(this OpenApiSchema schema, params (string Name, IOpenApiSchema Schema)[] members)
    {
        foreach (var (name, member) in members)
        {
            schema.Properties![name] = member;
        }

        return schema;
    }

    /// <summary>The schema, or null.</summary>
    public static IOpenApiSchema OrNull(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema { Type: { } type, Enum: null } own)
        {
            own.Type = type | JsonSchemaType.Null;
            return own;
        }

        return schema is OpenApiSchema { Type: null, Enum: null } ? schema // anything is null too
            : new OpenApiSchema { AnyOf = [schema, new OpenApiSchema { Type = JsonSchemaType.Null }] };
    }

    /// <summary>The field errors both accents share in shape.</summary>
    public static OpenApiSchema FieldErrors() => List(Object(("field", Text("Path of the field.")), ("message", Text())));
}
