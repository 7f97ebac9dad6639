using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Troupe.Tables;

namespace Troupe.Api.Families.Workspace;

/// <summary>The answer to a long import as lines of JSON, sent while the file comes in: <c>{"progress": {"bytes", "rows"}}</c> again and again, and as the
/// last line what the answer would have been. Once a line is out the status is 200, whatever the last line says.</summary>
internal sealed class ProgressLines(HttpContext context)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a line is out.</summary>
    public bool Started { get; private set; }

    /// <summary>Sends how far the import is.</summary>
    public async ValueTask Write(ImportProgress progress)
    {
        if (!Started)
        {
            Started = true;
            context.Response.ContentType = "application/x-ndjson";
        }

        await Line(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("progress");
            json.WriteNumber("bytes", progress.Bytes);
            json.WriteNumber("rows", progress.Rows);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>Sends the last line.</summary>
    public async Task End(Outcome<ImportView> outcome)
    {
        var frame = context.Frame();
        var facts = new AnswerFacts(frame.RequestId, null);
        await Line(json =>
        {
            if (outcome.Ok)
            {
                frame.Accent.WriteValue(json, outcome.Value, facts);
            }
            else
            {
                frame.Accent.WriteFailure(json, outcome.Failure, facts);
            }
        });
    }

    private async Task Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            write(json);
        }

        buffer.Write("\n"u8);
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
