namespace Troupe.Spinners;

/// <summary>What a definition must keep to before it is saved.</summary>
public static class DefinitionRules
{
    /// <summary>All problems at once; empty when the definition may be saved.</summary>
    public static IReadOnlyList<FieldError> Check(SpinnerDefinition definition) => throw new NotSupportedException();
}
