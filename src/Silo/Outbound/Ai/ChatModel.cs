using System.Text.Json;
using Troupe.Silo.Options;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound.Ai;

/// <summary>Asks a chat-completions endpoint: <c>{model, messages}</c> in, <c>choices[0].message.content</c> out.</summary>
public sealed class ChatModel(AiSettings settings, HttpSender sender) : ILanguageModel
{
    /// <inheritdoc/>
    public async ValueTask<StepAnswer> Ask(AiCall call, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            model = call.Step.Model ?? settings.Model,
            messages = new[] { new { role = "system", content = Instructions(call.Step) }, new { role = "user", content = call.Task } },
        });
        var headers = settings.Key is null ? [] : new[] { KeyValuePair.Create("Authorization", $"Bearer {settings.Key}") };
        var answer = await sender.Send(new(call.Workspace, "POST", settings.Url, headers, body, "application/json", call.IdempotencyKey, call.Timeout), cancel);
        if (answer.Error is not null || answer.Status is < 200 or >= 300)
        {
            return answer with { Body = default }; // an error text may quote the request
        }

        return Content(answer.Body) is { } text
            ? answer with { Body = text, ContentType = "text/plain; charset=utf-8" }
            : StepAnswer.Failed("ai_answer_invalid", "The AI provider's answer has no choices[0].message.content.", retryable: true);
    }

    /// <summary>The step's role and, behind it, the form of the answer.</summary>
    internal static string Instructions(AiStep step)
    {
        var form = step.Mode switch
        {
            AiMode.Fields => $"Answer with one JSON object with exactly these keys and nothing around it: {string.Join(", ", step.Fields)}.",
            AiMode.Classification => $"Answer with exactly one of these labels and nothing else: {string.Join(" | ", step.Labels)}.",
            AiMode.List => "Answer with one JSON array of strings and nothing around it.",
            _ => "",
        };
        return $"{step.Role}\n\n{form}".Trim();
    }

    private static byte[]? Content(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() is { } text
                ? System.Text.Encoding.UTF8.GetBytes(text)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
