using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Reads the steps of a draft strictly: shape, types and bounds. How they fit together is for <see cref="DefinitionRules"/>.</summary>
public static class StepReader
{
    /// <summary>One step for each element, so that places in the list stay true; what is wrong is added to the errors.</summary>
    public static IReadOnlyList<Step> Read(JsonElement? steps, List<FieldError> errors)
    {
        if (steps is not { ValueKind: not JsonValueKind.Null } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > Limits.Steps)
        {
            errors.Add(new("steps", $"'steps' must be a list of at most {Limits.Steps} steps."));
            return [];
        }

        if (!IsSound(list))
        {
            errors.Add(new("steps", "A text in 'steps' holds half of a surrogate pair."));
            return [];
        }

        return [.. list.EnumerateArray().Select((json, index) => Read(json, index, errors))];
    }

    /// <summary>Whether every text can be read; JSON allows <c>\ud800</c> alone, which is no character.</summary>
    private static bool IsSound(JsonElement list)
    {
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(list.GetRawText()));
            while (reader.Read())
            {
                _ = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString() : null;
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static Step Read(JsonElement json, int index, List<FieldError> errors)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new($"steps[{index}]", $"Step {index + 1} must be an object."));
            return new LogStep("", "");
        }

        var named = json.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? $"Step '{given.GetString()}'" : $"Step {index + 1}";
        var step = new StepJson(json, $"steps[{index}]", named, errors);
        var id = step.Text("id", Limits.StepIdLength, required: true)!;
        if (id.Length > 0 && !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            step.Error("id", "an id is made of letters, digits, '_' and '-'.");
        }

        var read = Typed(id, step);
        read = read with { Next = step.Text("next", Limits.StepIdLength) };
        if (read is DecisionStep { Next: not null })
        {
            step.Error("next", "a decision goes on by its branches and 'otherwise'.");
        }

        step.End();
        return read;
    }

    private static Step Typed(string id, StepJson step)
    {
        var type = step.Text("type", Limits.StepIdLength, required: true);
        switch (type)
        {
            case "set": return new SetStep(id, Fields(step));
            case "log": return new LogStep(id, Template(step, "message"));
            case "http": return Http(id, step);
            case "decision": return new DecisionStep(id, Branches(step), step.Text("otherwise", Limits.StepIdLength));
            case "wait": return new WaitStep(id, step.Number("seconds", 0, Limits.WaitSeconds), step.Text("until", Limits.TemplateLength));
            case "tag": return new TagStep(id, Template(step, "disposition"));
            case "ai": return Ai(id, step);
            case "email": return Email(id, step);
            case "create":
                step.Error("type", "'create' steps can't be run by this version yet.");
                break;
            case not "":
                step.Error("type", $"'{type}' is no step type; known are set, log, http, decision, wait, tag, ai and email.");
                break;
        }

        step.Ignore();
        return new LogStep(id, "");
    }

    private static string Template(StepJson step, string name) => step.Text(name, Limits.TemplateLength, required: true)!;

    private static IReadOnlyDictionary<string, JsonElement> Fields(StepJson step)
    {
        var fields = step.Object("fields", Limits.StepFields);
        if (fields.Count == 0)
        {
            step.Error("fields", "'fields' needs at least one field.");
        }

        return fields;
    }

    private static HttpStep Http(string id, StepJson step) =>
        Outside(new HttpStep(id, step.Choice("method", "GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"), Template(step, "url"))
        {
            Headers = Headers(step),
            Body = step.Any("body"),
            Output = step.Text("output", Limits.StepIdLength) ?? "http",
            Accept = [.. step.List("accept", 50).Select((status, index) => Status(step, status, index))],
        }, step, Limits.StepTimeoutDefaultSeconds);

    private static Dictionary<string, string> Headers(StepJson step)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in step.Object("headers", Limits.StepHeaders))
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                step.Error($"headers.{name}", $"header '{name}' must be a text.");
            }
            else if (!headers.TryAdd(name, value.GetString()!))
            {
                step.Error($"headers.{name}", $"header '{name}' is given twice.");
            }
        }

        return headers;
    }

    private static int Status(StepJson step, JsonElement status, int index)
    {
        if (status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var number) && number is >= 300 and <= 599)
        {
            return number;
        }

        step.Error($"accept[{index}]", "'accept' lists statuses from 300 to 599.");
        return 0;
    }

    private static AiStep Ai(string id, StepJson step) =>
        Outside(new AiStep(id, Template(step, "task"))
        {
            Role = step.Text("role", Limits.TemplateLength) ?? "",
            Mode = Enum.Parse<AiMode>(step.Choice("mode", "text", "text", "fields", "classification", "list"), ignoreCase: true),
            Fields = step.Texts("fields", Limits.StepFields, Limits.StepIdLength),
            Labels = step.Texts("labels", Limits.StepFields, Limits.DispositionLength),
            Model = step.Text("model", Limits.NameLength),
            Output = step.Text("output", Limits.StepIdLength) ?? "ai_response",
        }, step, Limits.StepTimeoutSeconds);

    private static EmailStep Email(string id, StepJson step) =>
        Outside(new EmailStep(id, Template(step, "to"), Template(step, "subject"), Template(step, "text"))
        {
            ReplyTo = step.Text("reply_to", Limits.TemplateLength),
        }, step, Limits.StepTimeoutDefaultSeconds);

    private static T Outside<T>(T read, StepJson step, int timeoutSeconds) where T : OutsideStep
    {
        var retry = step.Part("retry");
        read = read with
        {
            OnError = step.Text("on_error", Limits.StepIdLength),
            TimeoutSeconds = step.Whole("timeout_seconds", 1, Limits.StepTimeoutSeconds, timeoutSeconds),
            Retry = new(
                retry?.Whole("attempts", 1, Limits.RetryAttempts, Limits.RetryAttemptsDefault) ?? Limits.RetryAttemptsDefault,
                retry?.Number("backoff_seconds", 0, Limits.RetryBackoffSeconds) ?? Limits.RetryBackoffDefaultSeconds),
        };
        retry?.End();
        return read;
    }

    private static List<Branch> Branches(StepJson step)
    {
        var branches = new List<Branch>();
        var list = step.List("branches", Limits.Branches);
        for (var index = 0; index < list.Count; index++)
        {
            if (step.Element("branches", index, list[index]) is { } branch)
            {
                branches.Add(new(
                    branch.Text("when", Limits.ConditionLength, required: true)!,
                    branch.Text("label", Limits.NameLength),
                    branch.Text("next", Limits.StepIdLength, required: true)!));
                branch.End();
            }
        }

        if (list.Count == 0)
        {
            step.Error("branches", "'branches' needs at least one branch.");
        }

        return branches;
    }
}
