using System.Text;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound.Ai;

/// <summary>Answers made up from the task: the same task always gets the same answer, in the form the step wants. Calls nobody.</summary>
public sealed class MockModel : ILanguageModel
{
    /// <inheritdoc/>
    public ValueTask<StepAnswer> Ask(AiCall call, CancellationToken cancel)
    {
        var text = call.Step.Mode switch
        {
            AiMode.Fields => Encoding.UTF8.GetString(Json.Write(call.Step.Fields.ToDictionary(key => key, key => $"mock {key}: {call.Task}"))),
            AiMode.Classification => call.Step.Labels[(int)(Hash(call.Task) % (uint)call.Step.Labels.Count)],
            AiMode.List => Encoding.UTF8.GetString(Json.Write(new[] { $"mock 1: {call.Task}", $"mock 2: {call.Task}" })),
            _ => $"mock: {call.Task}",
        };
        return new(new StepAnswer { Status = 200, Body = Encoding.UTF8.GetBytes(text), ContentType = "text/plain; charset=utf-8" });
    }

    private static uint Hash(string text) => text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u); // FNV-1a: the same in every process
}
