namespace Troupe.Spinners;

/// <summary>The outside as a running record sees it. Implementations answer every failure as a <see cref="StepAnswer"/>; the one exception that leaves them is
/// <see cref="OperationCanceledException"/>, when the caller's token was cancelled.</summary>
public interface IStepPorts
{
    /// <summary>The clock of journeys, waits and retries.</summary>
    TimeProvider Clock { get; }

    /// <summary>Sends one HTTP request, once.</summary>
    ValueTask<StepAnswer> Http(HttpCall call, CancellationToken cancel);

    /// <summary>Hands one mail to the mail server, once.</summary>
    ValueTask<StepAnswer> Email(EmailCall call, CancellationToken cancel);

    /// <summary>Asks the model, once. The answer's body is the text the model wrote.</summary>
    ValueTask<StepAnswer> Ai(AiCall call, CancellationToken cancel);
}

/// <summary>A request to be sent.</summary>
/// <param name="Workspace">On whose behalf.</param>
/// <param name="Method">GET, POST …</param>
/// <param name="Url">Absolute, rendered.</param>
/// <param name="Headers">Rendered, without control characters.</param>
/// <param name="Body">The bytes to send; null sends none.</param>
/// <param name="ContentType">Media type of the body; null without one.</param>
/// <param name="IdempotencyKey"><c>job/record/step</c>: the same for every attempt of the same work, also after a crash.</param>
/// <param name="Timeout">For everything from the name look-up to the last byte of the answer.</param>
public sealed record HttpCall(
    string Workspace,
    string Method,
    string Url,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte>? Body,
    string? ContentType,
    string IdempotencyKey,
    TimeSpan Timeout);

/// <summary>A mail to be sent.</summary>
/// <param name="Workspace">On whose behalf.</param>
/// <param name="To">One address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The body.</param>
/// <param name="ReplyTo">One address, or null.</param>
/// <param name="IdempotencyKey">See <see cref="HttpCall"/>; becomes the Message-ID, so that a repetition can be told.</param>
/// <param name="Timeout">For the whole exchange.</param>
public sealed record EmailCall(string Workspace, string To, string Subject, string Text, string? ReplyTo, string IdempotencyKey, TimeSpan Timeout);

/// <summary>A question to the model.</summary>
/// <param name="Workspace">On whose behalf.</param>
/// <param name="Step">The step: role, mode, keys, labels, model.</param>
/// <param name="Task">The rendered task.</param>
/// <param name="IdempotencyKey">See <see cref="HttpCall"/>.</param>
/// <param name="Timeout">For the whole exchange.</param>
public sealed record AiCall(string Workspace, AiStep Step, string Task, string IdempotencyKey, TimeSpan Timeout);

/// <summary>What came back. Either a status (an answer arrived, good or bad) or an <see cref="Error"/> (none did).</summary>
public sealed record StepAnswer
{
    /// <summary>HTTP status; 200 for a mail that was taken and a model that answered; 0 when there was no answer.</summary>
    public int Status { get; init; }

    /// <summary>The body, without transfer or content coding.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The media type of the body, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>How long the other side asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Stable code of a failure without an answer, e.g. <c>address_refused</c>, <c>timed_out</c>; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>One sentence for the journey; never holds a secret.</summary>
    public string? Message { get; init; }

    /// <summary>For a failure without an answer: whether another attempt may help.</summary>
    public bool Retryable { get; init; }

    /// <summary>A failure without an answer.</summary>
    public static StepAnswer Failed(string error, string message, bool retryable) => new() { Error = error, Message = message, Retryable = retryable };
}
