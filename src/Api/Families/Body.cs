using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;

namespace Troupe.Api.Families;

/// <summary>A JSON body, read strictly in the family's spelling. A body that cannot be read is a value too, so that the handler answers it like any other
/// refusal.
/// Without a content type the body is taken for JSON; with one that is not JSON it is refused.</summary>
/// <param name="Value">The draft, or why it could not be read.</param>
public sealed record Body<T>(Outcome<T> Value)
{
    /// <summary>Goes on with the draft, passing a refusal on.</summary>
    public async Task<Outcome<TNext>> Then<TNext>(Func<T, Task<Outcome<TNext>>> next) => Value.Ok ? await next(Value.Value) : Value.Failure;

    /// <summary>Bound by the framework.</summary>
    public static async ValueTask<Body<T>?> BindAsync(HttpContext context)
    {
        if (!BodyReading.IsJson(context.Request))
        {
            return new(BodyReading.NotJson);
        }

        var bytes = await BodyReading.ReadAll(context.Request, context.RequestAborted);
        return new(BodyReading.Parse<T>(bytes, context.Frame().Accent.Json));
    }
}

/// <summary>A JSON body that may be left out altogether, which means its default.</summary>
/// <param name="Value">The draft, or why it could not be read.</param>
public sealed record OptionalBody<T>(Outcome<T> Value) where T : new()
{
    /// <summary>Bound by the framework.</summary>
    public static async ValueTask<OptionalBody<T>?> BindAsync(HttpContext context)
    {
        var bytes = await BodyReading.ReadAll(context.Request, context.RequestAborted);
        return new(bytes.Length == 0 ? new T()
            : BodyReading.IsJson(context.Request) ? BodyReading.Parse<T>(bytes, context.Frame().Accent.Json)
            : BodyReading.NotJson);
    }
}

/// <summary>The parts of reading a body that do not depend on its type.</summary>
internal static class BodyReading
{
    public static Failure NotJson { get; } = new(Refusal.Unsupported, "unsupported_media_type", "Send the body as application/json.");

    public static bool IsJson(HttpRequest request) =>
        string.IsNullOrEmpty(request.ContentType)
        || (request.HasJsonContentType() && request.GetTypedHeaders().ContentType is { } type
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)));

    /// <summary>The whole body. The size is counted here, for the server would cut the connection of a client that still sends, and that client would never
    /// see the answer.</summary>
    public static async Task<byte[]> ReadAll(HttpRequest request, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancel);
            if (read.Buffer.Length > Limits.BodyBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static Outcome<T> Parse<T>(ReadOnlySpan<byte> utf8, JsonSerializerOptions options)
    {
        utf8 = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (utf8.IsEmpty)
        {
            return Malformed("The body is empty; send a JSON object.");
        }

        if (!Utf8.IsValid(utf8))
        {
            return Malformed("The body is not valid UTF-8.");
        }

        if (FindFault(utf8) is { } fault)
        {
            return fault;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(utf8, options) is { } value ? value : Malformed("The body is null; send a JSON object.");
        }
        catch (JsonException e)
        {
            return Explain(e);
        }
    }

    /// <summary>Reads the whole text once for its syntax, so that what is no JSON is told apart from what is JSON of another shape.</summary>
    private static Failure? FindFault(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Limits.JsonDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == Limits.JsonDepth && reader.TokenType is (JsonTokenType.StartObject or JsonTokenType.StartArray))
                {
                    return Malformed($"The body is nested deeper than {Limits.JsonDepth} levels.");
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return Malformed($"The body is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
    }

    private static Failure Explain(JsonException e)
    {
        var message = e.Message.StartsWith("Duplicate", StringComparison.Ordinal) ? "This property stands here twice."
            : e.Message.StartsWith(WordConverter.OneOf, StringComparison.Ordinal) ? e.Message
            : e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "Unknown property."
            : "The value does not have the type of this field.";
        return Failure.Invalid(Where(e) is var path && path == "$" ? "$.body" : path, message);
    }

    /// <summary>Where the fault stands: a member in three states (<see cref="Patch{T}"/>) is read by itself, and knows only the way from there.</summary>
    private static string Where(JsonException e) => (e.Path ?? "$") + (e.InnerException is JsonException inner ? Where(inner)[1..] : "");

    private static Failure Malformed(string message) => new(Refusal.Malformed, "validation_failed", message);
}
