using System.Text;

namespace Troupe.Spinners;

/// <summary>One record while it runs: its payload (slices of the row), its output and its journey (UTF-8 in buffers that the next record uses again).</summary>
internal sealed class RunningRecord(Scope scope)
{
    private readonly (int Start, int Length)[] _payload = new (int, int)[scope.PayloadNames.Length];
    private readonly (int Start, int Length)[] _output = new (int, int)[scope.OutputNames.Count];
    private readonly BoundedText _outputs = new(Limits.RecordOutputBytes);
    private readonly BoundedText _scratch = new(Limits.RecordOutputBytes);
    private readonly BoundedText _body = new(int.MaxValue);
    private readonly JourneyWriter _journey = new();
    private ReadOnlyMemory<byte> _source;
    private TimeProvider _clock = TimeProvider.System;

    /// <summary>What is being run.</summary>
    public RecordRun Run { get; private set; } = null!;

    /// <summary>When it first started.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>Where it stands.</summary>
    public RecordStatus Status { get; private set; }

    /// <summary>The last tag.</summary>
    public string? Disposition { get; set; }

    /// <summary>When to go on; null unless waiting.</summary>
    public DateTimeOffset? WaitUntil { get; private set; }

    /// <summary>Id of the step to go on with after the wait; null when the record then ends.</summary>
    public string? Next { get; private set; }

    /// <summary>The attempt of that step; 1 unless a retry is waited for.</summary>
    public int Attempt { get; set; }

    /// <summary>The step that failed and why, as JSON; empty when none did.</summary>
    public string? Error { get; private set; }

    /// <summary>Id of the failed step.</summary>
    public string? ErrorStep { get; private set; }

    /// <summary>The journey so far.</summary>
    public JourneyWriter Journey => _journey;

    /// <summary>The pipeline's names.</summary>
    public Scope Scope => scope;

    /// <summary>The present time, in whole milliseconds.</summary>
    public DateTimeOffset Now => Time.Milliseconds(_clock.GetUtcNow());

    /// <summary>Makes the object ready for a record.</summary>
    public void Begin(RecordRun run, TimeProvider clock)
    {
        (Run, _clock, _source) = (run, clock, run.Resume ?? run.Row);
        (Status, Disposition, WaitUntil, Next, Attempt, Error, ErrorStep) = (RecordStatus.Started, null, null, null, 1, null, null);
        _payload.AsSpan().Clear();
        _output.AsSpan().Clear();
        _outputs.Clear();
        _journey.Clear();
        StartedAt = Now;
    }

    /// <summary>Notes where a metadata field is written in the row (or in the stored body).</summary>
    public void PlacePayload(int place, int start, int length) => _payload[place] = (start, length);

    /// <summary>A metadata field as JSON; empty when missing.</summary>
    public ReadOnlySpan<byte> Payload(int place) => _source.Span.Slice(_payload[place].Start, _payload[place].Length);

    /// <summary>An output field as JSON; empty when missing.</summary>
    public ReadOnlySpan<byte> Output(int place) => place < 0 ? [] : _outputs.Slice(_output[place].Start, _output[place].Length);

    /// <summary>An id of the run as JSON.</summary>
    public ReadOnlySpan<byte> Context(string name) =>
        Encoding.UTF8.GetBytes($"\"{name switch { "jobId" => Run.JobId, "recordId" => Run.RecordId, _ => Run.SpinnerId }}\"");

    /// <summary>The whole payload as a JSON object.</summary>
    public ReadOnlySpan<byte> PayloadJson()
    {
        var json = new BoundedText(int.MaxValue);
        RecordBody.WritePayload(this, json);
        return json.Written;
    }

    /// <summary>The whole output as a JSON object.</summary>
    public ReadOnlySpan<byte> OutputJson()
    {
        var json = new BoundedText(int.MaxValue);
        RecordBody.WriteOutput(this, json);
        return json.Written;
    }

    /// <summary>Renders an output field in place. False when the record's output would grow too large.</summary>
    public bool SetOutput(int place, Template value)
    {
        var start = _outputs.Length;
        value.Render(this, _outputs);
        _output[place] = (start, _outputs.Overflowed ? 0 : _outputs.Length - start);
        return !_outputs.Overflowed;
    }

    /// <summary>Writes an output field. False, and nothing written, when the record's output would grow too large.</summary>
    public bool SetOutput(int place, ReadOnlySpan<byte> json)
    {
        if (json.Length > Limits.RecordOutputBytes - _outputs.Length)
        {
            return false;
        }

        _output[place] = (_outputs.Length, json.Length);
        _outputs.Write(json);
        return true;
    }

    /// <summary>Renders a text; valid until the next rendering.</summary>
    public ReadOnlySpan<byte> Render(Template template)
    {
        if (template.Constant is { } constant)
        {
            return constant;
        }

        _scratch.Clear();
        template.Render(this, _scratch);
        return _scratch.Written;
    }

    /// <summary>Renders into memory of its own. False when it comes out too large.</summary>
    public bool TryRender(Template template, out byte[] bytes)
    {
        bytes = Render(template).ToArray();
        return template.Constant is not null || !_scratch.Overflowed;
    }

    /// <summary>Renders a text into a string of its own.</summary>
    public string RenderString(Template template) => Encoding.UTF8.GetString(Render(template));

    /// <summary>Adds an entry to the journey. False when it is full, which fails the record.</summary>
    public bool Note(StepNode step, ReadOnlySpan<byte> outcome, ReadOnlySpan<byte> message, int attempt = 1)
    {
        if (_journey.Add(step, outcome, message, Now, attempt))
        {
            return true;
        }

        (Status, ErrorStep, Error) = (RecordStatus.Failed, step.Id, $"The record took more than {Limits.JourneyEntries} steps.");
        return false;
    }

    /// <summary>Ends the record as failed.</summary>
    public int Fail(StepNode step, string message, int attempt = 1)
    {
        if (Note(step, "failed"u8, Encoding.UTF8.GetBytes(message), attempt))
        {
            (Status, ErrorStep, Error) = (RecordStatus.Failed, step.Id, message);
        }

        return StepNode.Stop;
    }

    /// <summary>Ends the record as failed before any step of this version could be found.</summary>
    public int Fail(string message)
    {
        (Status, Error) = (RecordStatus.Failed, message);
        return StepNode.Stop;
    }

    /// <summary>Puts the record to sleep.</summary>
    public int Wait(DateTimeOffset until, string? next, int attempt)
    {
        (Status, WaitUntil, Next, Attempt) = (RecordStatus.Waiting, until, next, attempt);
        return StepNode.Stop;
    }

    /// <summary>What became of the record, in memory of its own.</summary>
    public RecordResult Finish()
    {
        Status = Status == RecordStatus.Started ? RecordStatus.Completed : Status;
        _body.Clear();
        return new(Status, Disposition, RecordBody.Write(this, _body), WaitUntil);
    }
}
