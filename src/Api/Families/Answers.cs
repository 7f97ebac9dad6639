using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Troupe.Api.Families;

/// <summary>Turns outcomes into the family's answers: the only place where a status is chosen.</summary>
public static class Answers
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Answers a refusal in the family's shape.</summary>
    public static Task Answer(this HttpContext context, Failure failure) => context.Answer(failure, context.Frame().Accent.StatusOf(failure));

    /// <summary>Answers a refusal with a status of its own.</summary>
    public static Task Answer(this HttpContext context, Failure failure, int status)
    {
        var frame = context.Frame();
        if (failure.Details.TryGetValue("retry_after_seconds", out var seconds) && seconds is not null)
        {
            context.Response.Headers.RetryAfter = Convert.ToString(seconds, CultureInfo.InvariantCulture);
        }

        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return Send(context, status, json => frame.Accent.WriteFailure(json, failure, new(frame.RequestId, null)));
    }

    /// <summary>Answers an outcome in the family's envelope.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outcome">What the handler decided.</param>
    /// <param name="status">Status of a success; by default what the route declares, else 200.</param>
    public static Task Answer(this HttpContext context, IOutcome outcome, int? status = null)
    {
        if (outcome.Failure is { } failure)
        {
            return context.Answer(failure);
        }

        var frame = context.Frame();
        var next = outcome.Value is IPage { Next: { } after } ? Cursor.Write(context.Request, after) : null;
        status ??= context.GetEndpoint()?.Metadata.GetMetadata<SuccessStatus>()?.Status ?? StatusCodes.Status200OK;
        return Send(context, status.Value, json => frame.Accent.WriteValue(json, outcome.Value, new(frame.RequestId, next)));
    }

    /// <summary>The filter of every family's group.</summary>
    internal static async ValueTask<object?> Write(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (result is not IOutcome outcome)
        {
            return result;
        }

        await context.HttpContext.Answer(outcome);
        return Results.Empty;
    }

    private static async Task Send(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        // Written whole before the first byte leaves: what cannot be serialized is an error, not half an answer.
        var buffer = new ArrayBufferWriter<byte>(512);
        await using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            write(json);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
