using System.Text;

namespace Troupe.Spinners;

/// <summary>What an answer means for its step.</summary>
/// <param name="Done">The step is done.</param>
/// <param name="Message">For the journey.</param>
/// <param name="Retry">Not done, but another attempt may help.</param>
internal readonly record struct Verdict(bool Done, string Message, bool Retry);

/// <summary>A step that calls outside: attempts, delays between them, and where to go on after the last.</summary>
internal abstract class OutsideNode(OutsideStep step, string type, int onError) : StepNode(step.Id, type)
{
    /// <summary>Time for one attempt.</summary>
    protected TimeSpan Timeout { get; } = TimeSpan.FromSeconds(step.TimeoutSeconds);

    /// <summary>The journey's word for success.</summary>
    protected abstract ReadOnlySpan<byte> Outcome { get; }

    /// <summary>Runs the step to its end, a longer wait or a failure; gives the place of the next step as <see cref="LocalNode.Run"/> does.</summary>
    public async ValueTask<int> Run(RunningRecord record, IStepPorts ports, CancellationToken cancel)
    {
        var (attempt, problem) = (record.Attempt, "");
        record.Attempt = 1; // it counted for this step only
        var call = Prepare(record, ports, ref problem);
        for (; call is not null; attempt++)
        {
            var started = ports.Clock.GetTimestamp();
            var answer = await Ask(call, cancel);
            var verdict = Judge(record, answer);
            if (verdict.Done)
            {
                var message = $"{verdict.Message} in {ports.Clock.GetElapsedTime(started).TotalMilliseconds:0} ms";
                return record.Note(this, Outcome, Encoding.UTF8.GetBytes(message), attempt) ? Next : Stop;
            }

            problem = verdict.Message;
            if (!verdict.Retry || attempt >= step.Retry.Attempts)
            {
                KeepFailure(record, answer);
                break;
            }

            var delay = Delay(record, attempt, answer.RetryAfter);
            if (!record.Note(this, "retried"u8, Encoding.UTF8.GetBytes($"{problem} Next attempt in {delay.TotalSeconds:0.0} s."), attempt))
            {
                return Stop;
            }

            if (delay.TotalSeconds > Limits.RetryInlineSeconds)
            {
                return record.Wait(Time.Milliseconds(record.Now + delay), Id, attempt + 1);
            }

            await Task.Delay(delay, ports.Clock, cancel);
        }

        return GiveUp(record, problem, attempt);
    }

    /// <summary>Renders what is to be sent, once for all attempts; null with a problem when it can't be sent.</summary>
    protected abstract Func<CancellationToken, ValueTask<StepAnswer>>? Prepare(RunningRecord record, IStepPorts ports, ref string problem);

    /// <summary>Judges an answer and, when the step is done, keeps its result.</summary>
    protected abstract Verdict Judge(RunningRecord record, StepAnswer answer);

    /// <summary>Keeps what the last attempt came back with, for the steps after <c>on_error</c> and for people.</summary>
    protected virtual void KeepFailure(RunningRecord record, StepAnswer answer)
    {
    }

    /// <summary>The key under which the other side can tell a repetition: the same for all attempts, also after a crash.</summary>
    protected string IdempotencyKey(RunningRecord record) => $"{record.Run.JobId}/{record.Run.RecordId}/{Id}";

    /// <summary>Statuses that another attempt may change.</summary>
    protected static bool MayChange(int status) => status is 408 or 429 or >= 500;

    private static async ValueTask<StepAnswer> Ask(Func<CancellationToken, ValueTask<StepAnswer>> call, CancellationToken cancel)
    {
        try
        {
            return await call(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception fault)
        {
            return StepAnswer.Failed("call_failed", $"The call could not be made ({fault.GetType().Name}).", retryable: true);
        }
    }

    /// <summary>Doubles with each attempt; one half is fixed, the other is spread over records, so that they don't come back as one crowd.</summary>
    private TimeSpan Delay(RunningRecord record, int attempt, TimeSpan? retryAfter)
    {
        var hash = 2166136261u; // FNV-1a of what differs between records and attempts: the same on every node and in every test
        foreach (var c in record.Run.RecordId)
        {
            hash = (hash ^ c) * 16777619u;
        }

        var spread = ((hash ^ (uint)attempt) * 2654435761u) / (double)uint.MaxValue;
        var seconds = step.Retry.BackoffSeconds * Math.Pow(2, attempt - 1) * (0.5 + (spread / 2));
        return TimeSpan.FromSeconds(Math.Min(Math.Max(seconds, retryAfter?.TotalSeconds ?? 0), Limits.RetryDelaySeconds));
    }

    private int GiveUp(RunningRecord record, string problem, int attempt)
    {
        if (onError == End)
        {
            return record.Fail(this, problem, attempt);
        }

        return record.Note(this, "failed"u8, Encoding.UTF8.GetBytes(problem), attempt) ? onError : Stop;
    }
}
