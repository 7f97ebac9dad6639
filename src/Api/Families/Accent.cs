using System.Text.Json;
using Microsoft.OpenApi;

namespace Troupe.Api.Families;

/// <summary>How a family speaks: envelope, error shape, JSON naming and statuses, written once.</summary>
public abstract class Accent
{
    /// <summary>The family's name, one word in small letters: part of the address of its description.</summary>
    public abstract string Name { get; }

    /// <summary>Path prefix of the family, without a slash at the end; also decides the shape of a 404 under it.</summary>
    public abstract string Prefix { get; }

    /// <summary>JSON options of bodies and answers. Strict on the way in.</summary>
    public abstract JsonSerializerOptions Json { get; }

    /// <summary>The family's spelling of a domain name: <c>TableId</c> or <c>retry_after_seconds</c>.</summary>
    public abstract string Spell(string name);

    /// <summary>Items of a page when neither the caller nor the route says.</summary>
    public virtual PageRules Pages => new(Default: 25, Max: 100);

    /// <summary>The status of a refusal.</summary>
    public virtual int StatusOf(Failure failure) => failure.Kind switch
    {
        Refusal.Invalid or Refusal.Malformed => StatusCodes.Status400BadRequest,
        Refusal.Unsupported => StatusCodes.Status415UnsupportedMediaType,
        Refusal.Unauthorized => StatusCodes.Status401Unauthorized,
        Refusal.Forbidden => StatusCodes.Status403Forbidden,
        Refusal.Missing => StatusCodes.Status404NotFound,
        Refusal.Conflict or Refusal.Stale => StatusCodes.Status409Conflict,
        Refusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
        Refusal.Limited => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>Refusals of the door in the family's words; the default is the workspace contract's.</summary>
    public virtual Failure InvalidKey => new(Refusal.Unauthorized, "unauthorized", "A valid API key is needed: 'Authorization: Bearer trp_…'.");

    /// <summary>The key is good but has not the scope.</summary>
    public virtual Failure MissingScope(string scope) =>
        new Failure(Refusal.Forbidden, "missing_required_scope", $"This API key does not have the scope '{scope}'.").With("required_scope", scope);

    /// <summary>Writes the envelope of a success.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="value">What the handler answered; an <see cref="IPage"/> is a list.</param>
    /// <param name="answer">The request's id and cursors.</param>
    public abstract void WriteValue(Utf8JsonWriter json, object? value, in AnswerFacts answer);

    /// <summary>Writes the error shape.</summary>
    public abstract void WriteFailure(Utf8JsonWriter json, Failure failure, in AnswerFacts answer);

    /// <summary>The schema of what <see cref="WriteValue"/> writes around a value.</summary>
    public abstract OpenApiSchema Envelope(IOpenApiSchema value, bool isPage);

    /// <summary>The schema of what <see cref="WriteFailure"/> writes.</summary>
    public abstract OpenApiSchema ErrorSchema();

    /// <summary>Writes a property whose value is of any type.</summary>
    protected void Write(Utf8JsonWriter json, string name, object? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(json, value, value.GetType(), Json);
        }
    }

    /// <summary>A field's path as a client reads it: <c>$.</c> marks JSON's own spelling, anything else is the domain's and is converted.</summary>
    public string Path(string field) =>
        field.StartsWith("$.", StringComparison.Ordinal) ? field[2..]
            : string.Join('.', field.Split('.').Select(part => char.IsAsciiLetterUpper(part.FirstOrDefault()) ? Spell(part) : part));
}

/// <summary>What an envelope says beside the value.</summary>
/// <param name="RequestId">Id of the request, <c>req_…</c>.</param>
/// <param name="NextCursor">Cursor of the next page; null on the last page and for answers that are no lists.</param>
public readonly record struct AnswerFacts(string RequestId, string? NextCursor);
