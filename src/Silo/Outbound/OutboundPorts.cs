using Troupe.Silo.Outbound.Ai;
using Troupe.Silo.Outbound.Smtp;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound;

/// <summary>The outside for running records: HTTP, mail and the language model, each through the one guard.</summary>
/// <param name="clock">The clock.</param>
/// <param name="http">Sends requests.</param>
/// <param name="mail">Sends mails; null when no mail server is configured.</param>
/// <param name="model">Answers tasks; null when no model is configured.</param>
public sealed class OutboundPorts(TimeProvider clock, HttpSender http, SmtpSender? mail, ILanguageModel? model) : IStepPorts
{
    /// <inheritdoc/>
    public TimeProvider Clock => clock;

    /// <inheritdoc/>
    public ValueTask<StepAnswer> Http(HttpCall call, CancellationToken cancel) => http.Send(call, cancel);

    /// <inheritdoc/>
    public ValueTask<StepAnswer> Email(EmailCall call, CancellationToken cancel) => mail?.Send(call, cancel)
        ?? new(StepAnswer.Failed("mail_unconfigured", "No mail server is configured (Outbound:Smtp).", retryable: false));

    /// <inheritdoc/>
    public ValueTask<StepAnswer> Ai(AiCall call, CancellationToken cancel) => model?.Ask(call, cancel)
        ?? new(StepAnswer.Failed("ai_unconfigured", "No AI provider is configured (Outbound:Ai).", retryable: false));
}
