using System.Text.Json;
using Microsoft.OpenApi;
using Troupe.Api.OpenApi;

namespace Troupe.Api.Families.Ingest;

/// <summary>The ingest contract: <c>{ok: true, …}</c>, <c>{error, message, errorCode, …}</c> with the code in capitals, camelCase
/// [ingest-api.md sections 3 and 4].</summary>
public sealed class IngestAccent : Accent
{
    /// <inheritdoc/>
    public override string Name => "ingest";

    /// <inheritdoc/>
    public override string Prefix => "/api/v1/public";

    /// <inheritdoc/>
    public override JsonSerializerOptions Json { get; } = FamilyJson.With(JsonNamingPolicy.CamelCase);

    /// <inheritdoc/>
    public override Failure InvalidKey => new(Refusal.Unauthorized, "invalid_api_key", "Invalid API key");

    /// <inheritdoc/>
    public override Failure MissingScope(string scope) =>
        new Failure(Refusal.Forbidden, "missing_scope", $"This API key has a missing scope: {scope}. Create a key that has it.").With("required_scope", scope);

    /// <inheritdoc/>
    public override string Spell(string name)
    {
        var words = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(words.Select((word, i) => (i == 0 ? char.ToLowerInvariant(word[0]) : char.ToUpperInvariant(word[0])) + word[1..]));
    }

    /// <inheritdoc/>
    public override void WriteValue(Utf8JsonWriter json, object? value, in AnswerFacts answer)
    {
        json.WriteStartObject();
        json.WriteBoolean("ok", true);
        foreach (var member in Json.GetTypeInfo((value ?? Done.Value).GetType()).Properties)
        {
            if (member.Get is { } get)
            {
                Write(json, member.Name, get(value!));
            }
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void WriteFailure(Utf8JsonWriter json, Failure failure, in AnswerFacts answer)
    {
        json.WriteStartObject();
        json.WriteString("error", failure.Message);
        json.WriteString("message", failure.Message);
        json.WriteString("errorCode", failure.Code.ToUpperInvariant());
        json.WriteString("requestId", answer.RequestId);
        if (failure.Fields.Count > 0)
        {
            Write(json, "fieldErrors", failure.Fields.Select(field => new FieldError(Path(field.Field), field.Message)).ToArray());
        }

        foreach (var (name, value) in failure.Details)
        {
            Write(json, Spell(name), value);
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override OpenApiSchema Envelope(IOpenApiSchema value, bool isPage) => new() { AllOf = [Shape.Object(("ok", Shape.True())), value] };

    /// <inheritdoc/>
    public override OpenApiSchema ErrorSchema() =>
        Shape.Object(("error", Shape.Text("One sentence for people.")), ("message", Shape.Text("The same.")),
            ("errorCode", Shape.Text("For programs, e.g. PLAN_LIMIT.")), ("requestId", Shape.Text()))
        .Or(("fieldErrors", Shape.FieldErrors()));
}
