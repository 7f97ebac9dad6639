using System.Text;
using System.Text.Json;
using Troupe.Spinners;
using Troupe.Tests;

namespace Troupe.Spinners.Tests;

/// <summary>What the tests of this folder share: a definition out of JSON, a run over a row, the body taken apart.</summary>
internal static class Rig
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The draft that a client would send.</summary>
    public static SpinnerDraft Draft(string json) => JsonSerializer.Deserialize<SpinnerDraft>(json, Json.Options)!;

    /// <summary>A definition of steps; single quotes stand for double ones.</summary>
    public static SpinnerDefinition Define(string steps)
    {
        var spinner = Spinner.Create(Draft($"{{\"name\":\"test\",\"steps\":{steps.Replace('\'', '"')}}}"));
        Assert.True(spinner.Ok, string.Join('\n', spinner.Failure?.Fields.Select(f => $"{f.Field}: {f.Message}") ?? []));
        return spinner.Value!.Definition;
    }

    /// <summary>The problems of a draft, as <c>field: message</c>.</summary>
    public static string[] Problems(string draft) =>
        [.. Spinner.Create(Draft(draft.Replace('\'', '"'))).Failure?.Fields.Select(f => $"{f.Field}: {f.Message}") ?? []];

    /// <summary>Runs steps over one row, given as (column, JSON value).</summary>
    public static async Task<Ran> Run(string steps, (string Name, string Json)[] row, ScriptedPorts? ports = null)
    {
        var pipeline = Pipeline.Compile(Define(steps), [.. row.Select(c => c.Name)], []);
        return new(await pipeline.Run(Record(row), ports ?? new(), default));
    }

    public static RecordRun Record(params (string Name, string Json)[] row) =>
        new("ws", "job_1", "rec_1_7", "spn_1", Encoding.UTF8.GetBytes($"[{string.Join(',', row.Select(c => c.Json))}]"));
}

/// <summary>A result with its body taken apart.</summary>
internal sealed record Ran(RecordResult Result)
{
    public JsonElement Body { get; } = JsonDocument.Parse(Result.Body).RootElement;

    public JsonElement Output => Body.GetProperty("output");

    /// <summary>The journey as <c>step type outcome attempt: message</c>.</summary>
    public string[] Journey => [.. Body.GetProperty("journey").EnumerateArray().Select(e =>
        $"{e.GetProperty("step").GetString()} {e.GetProperty("type").GetString()} {e.GetProperty("outcome").GetString()} {e.GetProperty("attempt").GetInt32()}"
        + (e.TryGetProperty("message", out var message) ? ": " + message.GetString() : ""))];

    public string? Error => Body.TryGetProperty("error", out var error) ? error.GetProperty("message").GetString() : null;
}

/// <summary>The outside, scripted: answers in order, calls kept.</summary>
internal sealed class ScriptedPorts : IStepPorts
{
    private readonly Queue<Func<CancellationToken, ValueTask<StepAnswer>>> _answers = new();

    public FakeClock Time { get; } = new();

    public TimeProvider Clock => Time;

    public List<HttpCall> HttpCalls { get; } = [];

    public List<EmailCall> Emails { get; } = [];

    public List<AiCall> AiCalls { get; } = [];

    public ScriptedPorts Answer(StepAnswer answer) => Answer(_ => new(answer));

    public ScriptedPorts Answer(Func<CancellationToken, ValueTask<StepAnswer>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public ScriptedPorts Answer(int status, string body = "", string? type = "application/json", TimeSpan? retryAfter = null) =>
        Answer(new StepAnswer { Status = status, Body = Encoding.UTF8.GetBytes(body), ContentType = type, RetryAfter = retryAfter });

    public ValueTask<StepAnswer> Http(HttpCall call, CancellationToken cancel) => Take(HttpCalls, call, cancel);

    public ValueTask<StepAnswer> Email(EmailCall call, CancellationToken cancel) => Take(Emails, call, cancel);

    public ValueTask<StepAnswer> Ai(AiCall call, CancellationToken cancel) => Take(AiCalls, call, cancel);

    private ValueTask<StepAnswer> Take<T>(List<T> calls, T call, CancellationToken cancel)
    {
        calls.Add(call);
        return _answers.Dequeue()(cancel);
    }
}
