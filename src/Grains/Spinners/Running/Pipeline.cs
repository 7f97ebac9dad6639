using System.Collections.Concurrent;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>A published definition, compiled against the columns of a table: runs records. Immutable and safe for concurrent use.</summary>
public sealed class Pipeline
{
    private readonly ConcurrentQueue<RunningRecord> _idle = new();
    private readonly StepCompiler _compiler;
    private readonly StepNode[] _nodes;
    private readonly int _start;

    private Pipeline(StepCompiler compiler, StepNode[] nodes, int start) => (_compiler, _nodes, _start) = (compiler, nodes, start);

    /// <summary>Compiles a definition that <see cref="DefinitionRules"/> accepts; throws <see cref="ArgumentException"/> for one that it refuses.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="columns">Columns of the table in the order of a row's values.</param>
    /// <param name="metadataFields">The columns that enter the payload; all when empty.</param>
    public static Pipeline Compile(SpinnerDefinition definition, IReadOnlyList<string> columns, IReadOnlyList<string> metadataFields)
    {
        if (definition.Steps.Count == 0 || DefinitionRules.Check(definition) is [_, ..])
        {
            throw new ArgumentException("The definition breaks its rules; it should never have been published.", nameof(definition));
        }

        var compiler = new StepCompiler(definition.Steps, new(columns, metadataFields));
        return new(compiler, compiler.Compile(), compiler.Place(definition.Start));
    }

    /// <summary>Runs one record from its start, or from a stored wait. A step's failure is a result, not an exception. Completes synchronously, without
    /// an async state machine, as long as no step calls outside.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of this run is to be kept.</exception>
    public ValueTask<RecordResult> Run(RecordRun run, IStepPorts ports, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var record = _idle.TryDequeue(out var idle) ? idle : new(_compiler.Scope);
        record.Begin(run, ports.Clock);
        var at = RunLocal(record, run.Resume is { } body ? Resume(record, body) : Start(record, run.Row));
        return at < 0 ? new(Finish(record)) : RunOutside(record, at, ports, cancel);
    }

    /// <summary>The result of a record that is given up: what went in and what it had come to, and the reason instead of an end.</summary>
    /// <param name="run">The record, from its start or from a stored wait.</param>
    /// <param name="status">What it is given up as.</param>
    /// <param name="reason">One sentence for the journal.</param>
    /// <param name="clock">The clock.</param>
    public RecordResult GiveUp(RecordRun run, RecordStatus status, string reason, TimeProvider clock)
    {
        var record = new RunningRecord(_compiler.Scope);
        record.Begin(run, clock);
        _ = run.Resume is { } body ? Resume(record, body) : Start(record, run.Row);
        record.Fail(reason);
        return record.Finish() with { Status = status };
    }

    /// <summary>Runs steps up to the next that calls outside, or to the end.</summary>
    private int RunLocal(RunningRecord record, int at)
    {
        while (at >= 0 && _nodes[at] is LocalNode node)
        {
            try
            {
                at = node.Run(record);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // A fault of ours in one record must not stop the records behind it.
                at = record.Fail(node, $"The step could not be run ({fault.GetType().Name}).");
            }
        }

        return at;
    }

    private async ValueTask<RecordResult> RunOutside(RunningRecord record, int at, IStepPorts ports, CancellationToken cancel)
    {
        while (at >= 0)
        {
            at = RunLocal(record, await ((OutsideNode)_nodes[at]).Run(record, ports, cancel));
        }

        return Finish(record);
    }

    private RecordResult Finish(RunningRecord record)
    {
        var result = record.Finish();
        _idle.Enqueue(record);
        return result;
    }

    private int Start(RunningRecord record, ReadOnlyMemory<byte> row)
    {
        try
        {
            var reader = new Utf8JsonReader(row.Span);
            reader.Read();
            for (var column = 0; column < _compiler.Scope.Columns && reader.Read() && reader.TokenType != JsonTokenType.EndArray; column++)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (_compiler.Scope.PlaceOfColumn[column] is >= 0 and var place)
                {
                    record.PlacePayload(place, start, (int)reader.BytesConsumed - start);
                }
            }

            return _start;
        }
        catch (JsonException)
        {
            return record.Fail("The row can't be read.");
        }
    }

    private int Resume(RunningRecord record, ReadOnlyMemory<byte> body)
    {
        try
        {
            var next = RecordBody.Restore(record, body.Span);
            return _compiler.Place(next);
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException)
        {
            return record.Fail("The stored state of the waiting record can't be read.");
        }
    }
}
