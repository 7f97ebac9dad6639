using System.Text.Json;
using Microsoft.OpenApi;
using Troupe.Api.OpenApi;

namespace Troupe.Api.Families.Workspace;

/// <summary>The workspace contract: snake_case, <c>{data, request_id, next_cursor}</c>, <c>{error: {code, message, request_id, docs_url, …}}</c>
/// [workspace-api.md section 1].</summary>
public class WorkspaceAccent : Accent
{
    /// <inheritdoc/>
    public override string Name => "workspace";

    /// <inheritdoc/>
    public override string Prefix => "/api/v1";

    /// <inheritdoc/>
    public override JsonSerializerOptions Json { get; } = FamilyJson.With(JsonNamingPolicy.SnakeCaseLower);

    /// <inheritdoc/>
    public override string Spell(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <inheritdoc/>
    public override int StatusOf(Failure failure) =>
        failure.Kind == Refusal.Invalid ? StatusCodes.Status422UnprocessableEntity : base.StatusOf(failure);

    /// <inheritdoc/>
    public override void WriteValue(Utf8JsonWriter json, object? value, in AnswerFacts answer)
    {
        json.WriteStartObject();
        if (value is IPage page)
        {
            Write(json, "data", page.Items);
            json.WriteString("request_id", answer.RequestId);
            json.WriteString("next_cursor", answer.NextCursor);
        }
        else
        {
            Write(json, "data", value);
            json.WriteString("request_id", answer.RequestId);
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void WriteFailure(Utf8JsonWriter json, Failure failure, in AnswerFacts answer)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("code", failure.Code);
        json.WriteString("message", failure.Message);
        json.WriteString("request_id", answer.RequestId);
        json.WriteString("docs_url", $"{ErrorCodes.Page}#{failure.Code}");
        if (failure.Fields.Count > 0)
        {
            Write(json, "field_errors", failure.Fields.Select(field => new FieldError(Path(field.Field), field.Message)).ToArray());
        }

        foreach (var (name, value) in failure.Details)
        {
            Write(json, Spell(name), value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override OpenApiSchema Envelope(IOpenApiSchema value, bool isPage) => isPage
        ? Shape.Object(("data", Shape.List(value)), ("request_id", Shape.Text()), ("next_cursor", Shape.TextOrNull("Null on the last page.")))
        : Shape.Object(("data", value), ("request_id", Shape.Text()));

    /// <inheritdoc/>
    public override OpenApiSchema ErrorSchema() => Shape.Object(
        ("error", Shape.Object(
            ("code", Shape.Text("For programs, e.g. validation_failed.")), ("message", Shape.Text("One sentence for people.")),
            ("request_id", Shape.Text()), ("docs_url", Shape.Text()))
        .Or(("field_errors", Shape.FieldErrors()))));
}
