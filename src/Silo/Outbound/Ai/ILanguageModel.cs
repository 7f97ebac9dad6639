using Troupe.Spinners;

namespace Troupe.Silo.Outbound.Ai;

/// <summary>Whoever answers the tasks of ai steps.</summary>
public interface ILanguageModel
{
    /// <summary>Asks once. The answer's body is the text the model wrote.</summary>
    ValueTask<StepAnswer> Ask(AiCall call, CancellationToken cancel);
}
