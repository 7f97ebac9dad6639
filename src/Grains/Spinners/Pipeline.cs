namespace Troupe.Spinners;

/// <summary>A published definition, compiled against the columns of a table: runs records. Immutable and safe for concurrent use.</summary>
public sealed class Pipeline
{
    private Pipeline()
    {
    }

    /// <summary>Compiles a definition that <see cref="DefinitionRules"/> accepts; throws <see cref="ArgumentException"/> for one that it refuses.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="columns">Columns of the table in the order of a row's values.</param>
    /// <param name="metadataFields">The columns that enter the payload; all when empty.</param>
    public static Pipeline Compile(SpinnerDefinition definition, IReadOnlyList<string> columns, IReadOnlyList<string> metadataFields) => new();

    /// <summary>Runs one record from its start, or from a stored wait. A step's failure is a result, not an exception.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of this run is to be kept.</exception>
    public ValueTask<RecordResult> Run(RecordRun run, IStepPorts ports, CancellationToken cancel) => throw new NotSupportedException();
}
