using System.Text;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Sends an HTTP request; the answer becomes <c>{status, body}</c>, or <c>{error, message}</c> when none came and the record goes on
/// elsewhere.</summary>
internal sealed class HttpNode(HttpStep step, int onError, int place, string? contentType, Template url, Template? body) : OutsideNode(step, "http", onError)
{
    /// <summary>Headers to be rendered; Content-Type apart.</summary>
    public (string Name, Template Value)[] Headers { get; init; } = [];

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Outcome => "http_completed"u8;

    /// <inheritdoc/>
    protected override Func<CancellationToken, ValueTask<StepAnswer>>? Prepare(RunningRecord record, IStepPorts ports, ref string problem)
    {
        var target = record.RenderString(url);
        if (target.Length > Limits.UrlLength)
        {
            problem = $"The URL came out with {target.Length} characters; {Limits.UrlLength} are allowed.";
            return null;
        }

        var headers = new KeyValuePair<string, string>[Headers.Length];
        for (var index = 0; index < headers.Length; index++)
        {
            var (name, template) = Headers[index];
            headers[index] = new(name, record.RenderString(template));
            if (headers[index].Value.Length > Limits.HeaderLength || headers[index].Value.Any(c => char.IsControl(c) || c > 126))
            {
                problem = $"Header '{name}' came out too long or with characters that a header can't have.";
                return null;
            }
        }

        byte[]? bytes = null;
        if (body is not null && !record.TryRender(body, out bytes))
        {
            problem = $"The body came out larger than {Limits.RecordOutputBytes} bytes.";
            return null;
        }

        var call = new HttpCall(record.Run.Workspace, step.Method, target, headers, bytes is null ? null : bytes, contentType, IdempotencyKey(record), Timeout);
        return cancel => ports.Http(call, cancel);
    }

    /// <inheritdoc/>
    protected override Verdict Judge(RunningRecord record, StepAnswer answer)
    {
        var done = answer.Error is null && (answer.Status is >= 200 and < 300 || step.Accept.Contains(answer.Status));
        if (done && !record.SetOutput(place, Result(answer)))
        {
            return new(false, $"The answer would make the record's output larger than {Limits.RecordOutputBytes} bytes.", Retry: false);
        }

        return answer.Error is not null
            ? new(false, answer.Message ?? answer.Error, answer.Retryable)
            : new(done, done ? $"{answer.Status}" : $"The server answered {answer.Status}.", MayChange(answer.Status));
    }

    /// <inheritdoc/>
    protected override void KeepFailure(RunningRecord record, StepAnswer answer) => record.SetOutput(place, Result(answer));

    private static ReadOnlySpan<byte> Result(StepAnswer answer)
    {
        var json = new BoundedText(int.MaxValue);
        if (answer.Error is not null)
        {
            json.Write("{\"error\":\""u8);
            JsonText.Escape(Encoding.UTF8.GetBytes(answer.Error), json);
            json.Write("\",\"message\":\""u8);
            JsonText.Escape(Encoding.UTF8.GetBytes(answer.Message ?? ""), json);
            json.Write("\"}"u8);
            return json.Written;
        }

        json.Write("{\"status\":"u8);
        json.Write(answer.Status);
        json.Write(",\"body\":"u8);
        var bytes = answer.Body.Span;
        if (bytes.IsEmpty)
        {
            json.Write("null"u8);
        }
        else if (answer.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true && JsonSlice.IsValid(bytes))
        {
            json.Write(bytes);
        }
        else
        {
            json.Write("\""u8);
            JsonText.Escape(System.Text.Unicode.Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes)), json);
            json.Write("\""u8);
        }

        json.Write("}"u8);
        return json.Written;
    }
}
