using System.Text;

namespace Troupe.Spinners;

/// <summary>A step compiled for one pipeline.</summary>
internal abstract class StepNode(string id, string type)
{
    /// <summary>In place of a next step: the record is complete.</summary>
    public const int End = -1;

    /// <summary>In place of a next step: the record failed or waits; its status says which.</summary>
    public const int Stop = -2;

    /// <summary>The step's id.</summary>
    public string Id { get; } = id;

    /// <summary>Start of each of its journey entries.</summary>
    public byte[] Head { get; } = Encoding.UTF8.GetBytes($"{{\"step\":\"{id}\",\"type\":\"{type}\",\"outcome\":\"");

    /// <summary>Place of the step that follows, or <see cref="End"/>.</summary>
    public int Next { get; init; } = End;
}

/// <summary>A step that is done at once, in memory.</summary>
internal abstract class LocalNode(string id, string type) : StepNode(id, type)
{
    /// <summary>Does it; gives the place of the next step, <see cref="StepNode.End"/> or <see cref="StepNode.Stop"/>.</summary>
    public abstract int Run(RunningRecord record);
}

internal sealed class SetNode(string id, (int Place, string Name, Template Value)[] fields) : LocalNode(id, "set")
{
    public override int Run(RunningRecord record)
    {
        foreach (var (place, name, value) in fields)
        {
            if (!record.SetOutput(place, value))
            {
                return record.Fail(this, $"Field '{name}' would make the record's output larger than {Limits.RecordOutputBytes} bytes.");
            }
        }

        return record.Note(this, "set"u8, []) ? Next : Stop;
    }
}

internal sealed class LogNode(string id, Template message) : LocalNode(id, "log")
{
    public override int Run(RunningRecord record) => record.Note(this, "logged"u8, record.Render(message)) ? Next : Stop;
}

internal sealed class TagNode(string id, Template disposition) : LocalNode(id, "tag")
{
    private readonly string? _constant = disposition.Constant is { } text ? Encoding.UTF8.GetString(text) : null;

    public override int Run(RunningRecord record)
    {
        var text = _constant ?? record.RenderString(disposition).Trim();
        if (text.Length is 0 or > Limits.DispositionLength)
        {
            return record.Fail(this, $"A disposition has 1 to {Limits.DispositionLength} characters; this one came out with {text.Length}.");
        }

        record.Disposition = text;
        return record.Note(this, "tagged"u8, record.Render(disposition)) ? Next : Stop;
    }
}

internal sealed class DecisionNode(string id, (Condition When, byte[] Label, int Next)[] branches) : LocalNode(id, "decision")
{
    public override int Run(RunningRecord record)
    {
        foreach (var (when, label, next) in branches)
        {
            if (when.Holds(record))
            {
                return record.Note(this, "branched"u8, label) ? next : Stop;
            }
        }

        return record.Note(this, "branched"u8, "otherwise"u8) ? Next : Stop;
    }
}

internal sealed class WaitNode(string id, TimeSpan? delay, Template? until, string? next) : LocalNode(id, "wait")
{
    public override int Run(RunningRecord record)
    {
        var now = record.Now;
        var due = now + (delay ?? TimeSpan.Zero);
        if (until is not null)
        {
            var text = record.RenderString(until);
            if (!IsoTime.TryParse(text, out due))
            {
                return record.Fail(this, $"'until' came out as '{text}', which is not a time such as 2026-03-01T09:00:00+01:00.");
            }

            due = Time.Milliseconds(due < now ? now : due);
            if (due - now > TimeSpan.FromSeconds(Limits.WaitSeconds))
            {
                return record.Fail(this, $"'until' came out as '{text}', which is more than {Limits.WaitSeconds / 86_400:0} days away.");
            }
        }

        Span<byte> message = stackalloc byte[30];
        "until "u8.CopyTo(message);
        JourneyWriter.WriteTime(due, message[6..]);
        return record.Note(this, "waiting"u8, message) ? record.Wait(due, next, attempt: 1) : Stop;
    }
}
