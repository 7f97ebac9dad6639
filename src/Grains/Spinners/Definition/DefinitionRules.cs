namespace Troupe.Spinners;

/// <summary>What a definition must keep to before it is saved: bounds, the graph of its steps, and every template and condition in it.</summary>
public static class DefinitionRules
{
    /// <summary>All problems at once; empty when the definition may be saved. A definition without steps is a draft that was only begun: it may be saved, not
    /// published.</summary>
    public static IReadOnlyList<FieldError> Check(SpinnerDefinition definition)
    {
        var errors = new List<FieldError>();
        if (definition.Concurrency is < 1 or > Limits.SpinnerConcurrency)
        {
            errors.Add(new("concurrency", $"'concurrency' must be a whole number from 1 to {Limits.SpinnerConcurrency}."));
        }

        if (definition.RatePerSecond is { } rate && !(rate is > 0 and <= Limits.SpinnerRatePerSecond))
        {
            errors.Add(new("rate_per_second", $"'rate_per_second' must be above 0 and at most {Limits.SpinnerRatePerSecond}; leave it out for no limit."));
        }

        if (definition.Steps.Count > Limits.Steps)
        {
            errors.Add(new("steps", $"'steps' must be a list of at most {Limits.Steps} steps."));
            return errors;
        }

        if (definition.Steps.Count > 0 || definition.Start.Length > 0)
        {
            errors.AddRange(new StepGraph(definition).Check());
        }

        var compiler = new StepCompiler(definition.Steps, new([], []));
        compiler.Compile();
        errors.AddRange(compiler.Errors);
        return errors;
    }
}
