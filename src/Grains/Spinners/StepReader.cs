using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Reads the steps of a draft strictly.</summary>
public static class StepReader
{
    /// <summary>The steps that could be read; what is wrong with the others is added to the errors.</summary>
    public static IReadOnlyList<Step> Read(JsonElement? steps, List<FieldError> errors) => throw new NotSupportedException();
}
