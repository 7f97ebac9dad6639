using System.Text;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Asks the model and brings what it wrote into the form the step wants.</summary>
internal sealed class AiNode(AiStep step, int onError, int place, Template task) : OutsideNode(step, "ai", onError)
{
    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Outcome => "ai_completed"u8;

    /// <inheritdoc/>
    protected override Func<CancellationToken, ValueTask<StepAnswer>>? Prepare(RunningRecord record, IStepPorts ports, ref string problem)
    {
        var call = new AiCall(record.Run.Workspace, step, record.RenderString(task), IdempotencyKey(record), Timeout);
        return cancel => ports.Ai(call, cancel);
    }

    /// <inheritdoc/>
    protected override Verdict Judge(RunningRecord record, StepAnswer answer)
    {
        if (answer.Error is not null)
        {
            return new(false, answer.Message ?? answer.Error, answer.Retryable);
        }

        if (answer.Status is < 200 or >= 300)
        {
            return new(false, $"The AI provider answered {answer.Status}.", MayChange(answer.Status));
        }

        var text = Encoding.UTF8.GetString(answer.Body.Span).Trim();
        if (Read(text) is not { } result)
        {
            return new(false, step.Mode switch
            {
                AiMode.Classification => "The model chose none of the labels.",
                AiMode.Fields => "The model gave no object with the listed keys.",
                _ => "The model gave no list of texts.",
            }, Retry: true);
        }

        return record.SetOutput(place, result)
            ? new(true, step.Mode == AiMode.Classification ? $"Classified as {text}" : "Answered", false)
            : new(false, $"The answer would make the record's output larger than {Limits.RecordOutputBytes} bytes.", false);
    }

    /// <summary>The result as JSON; null when the text is not what was asked for.</summary>
    private byte[]? Read(string text)
    {
        switch (step.Mode)
        {
            case AiMode.Text:
                return Json.Write(text);
            case AiMode.Classification:
                var label = step.Labels.FirstOrDefault(l => l.Equals(text.Trim('"', '\'', '.', ' '), StringComparison.OrdinalIgnoreCase));
                return label is null ? null : Json.Write(label);
            default:
                return ReadJson(Unfenced(text));
        }
    }

    private byte[]? ReadJson(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (step.Mode == AiMode.List)
            {
                return json.RootElement.ValueKind == JsonValueKind.Array ? Json.Write(json.RootElement.EnumerateArray().Select(Plain).ToList()) : null;
            }

            return json.RootElement.ValueKind == JsonValueKind.Object && step.Fields.All(key => json.RootElement.TryGetProperty(key, out _))
                ? Json.Write(step.Fields.ToDictionary(key => key, key => json.RootElement.GetProperty(key)))
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Plain(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    /// <summary>Models like to wrap JSON into a Markdown fence.</summary>
    private static string Unfenced(string text)
    {
        if (!text.StartsWith("```", StringComparison.Ordinal))
        {
            return text;
        }

        var (from, to) = (text.IndexOf('\n') + 1, text.LastIndexOf("```", StringComparison.Ordinal));
        return from > 0 && to > from ? text[from..to] : text;
    }
}
