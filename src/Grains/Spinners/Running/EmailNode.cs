namespace Troupe.Spinners;

/// <summary>Sends a mail.</summary>
internal sealed class EmailNode(EmailStep step, int onError, Template to, Template subject, Template text, Template? replyTo)
    : OutsideNode(step, "email", onError)
{
    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Outcome => "email_sent"u8;

    /// <inheritdoc/>
    protected override Func<CancellationToken, ValueTask<StepAnswer>>? Prepare(RunningRecord record, IStepPorts ports, ref string problem)
    {
        var call = new EmailCall(
            record.Run.Workspace,
            record.RenderString(to).Trim(),
            record.RenderString(subject).ReplaceLineEndings(" ").Trim(),
            record.RenderString(text),
            replyTo is null ? null : record.RenderString(replyTo).Trim(),
            IdempotencyKey(record),
            Timeout);
        return cancel => ports.Email(call, cancel);
    }

    /// <inheritdoc/>
    protected override Verdict Judge(RunningRecord record, StepAnswer answer) => answer.Error is null
        ? new(true, "Taken by the mail server", false)
        : new(false, answer.Message ?? answer.Error, answer.Retryable);
}
