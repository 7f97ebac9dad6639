using System.Net.Mail;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Troupe.Silo.Options;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound.Smtp;

/// <summary>Hands mails to the configured server (RFC 5321, STARTTLS of RFC 3207, AUTH of RFC 4954), one connection a mail, through the <see cref="Guard"/>.
/// Written here because the framework's own client opens its connections itself, past any guard, and no other library is at hand.</summary>
/// <param name="settings">The server.</param>
/// <param name="guard">Opens the connections.</param>
/// <param name="clock">Time of the bounds and of the mails' dates.</param>
/// <param name="trust">Whom to trust in TLS; the system's authorities when null.</param>
public sealed class SmtpSender(SmtpSettings settings, Guard guard, TimeProvider clock, X509ChainPolicy? trust = null)
{
    private readonly MailAddress _from = new(settings.From);

    /// <summary>Hands one mail over, once.</summary>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async ValueTask<StepAnswer> Send(EmailCall call, CancellationToken cancel)
    {
        var (to, replyTo) = (MailText.Address(call.To), call.ReplyTo is null ? null : MailText.Address(call.ReplyTo));
        if (to is null || (call.ReplyTo is not null && replyTo is null))
        {
            return StepAnswer.Failed("address_invalid", "The address of the receiver (or for replies) is no mail address.", retryable: false);
        }

        if (call.Text.Length > Limits.MailTextLength)
        {
            return StepAnswer.Failed("mail_too_large", $"A mail has at most {Limits.MailTextLength} characters.", retryable: false);
        }

        using var time = new CancellationTokenSource(call.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            await using var connection = await guard.Connect(settings.Host, settings.EffectivePort, either.Token);
            await Deliver(connection, to, MailText.Write(call, _from, to, replyTo, clock.GetUtcNow()), either.Token);
            return new() { Status = 200 };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return StepAnswer.Failed("timed_out", $"The mail server did not take the mail within {call.Timeout.TotalSeconds:0.###} s.", retryable: true);
        }
        catch (OutboundException problem)
        {
            return StepAnswer.Failed(problem.Code, problem.Message, problem.Retryable);
        }
        catch (AuthenticationException)
        {
            return StepAnswer.Failed("tls_failed", "No trusted TLS connection to the mail server could be made.", retryable: false);
        }
        catch (IOException)
        {
            return StepAnswer.Failed("connection_lost", "The connection to the mail server broke.", retryable: true);
        }
    }

    private async Task Deliver(Stream connection, string to, byte[] mail, CancellationToken cancel)
    {
        var stream = settings.Tls == SmtpTls.Implicit ? await Secure(connection, cancel) : connection;
        var line = new SmtpLine(stream);
        Expect(await line.Hear(cancel), "greeting");
        var abilities = await Hello(line, cancel);
        if (settings.Tls == SmtpTls.StartTls)
        {
            Expect(await line.Ask("STARTTLS", cancel), "STARTTLS");
            if (line.HasMore)
            {
                throw new OutboundException("mail_server_broken", "The mail server said more before TLS than it was asked.", retryable: false);
            }

            stream = await Secure(connection, cancel);
            line = new SmtpLine(stream);
            abilities = await Hello(line, cancel);
        }

        if (settings.User is not null)
        {
            await LogIn(line, abilities, cancel);
        }

        Expect(await line.Ask($"MAIL FROM:<{_from.Address}>", cancel), "sender");
        Expect(await line.Ask($"RCPT TO:<{to}>", cancel), "receiver");
        Expect(await line.Ask("DATA", cancel), "DATA");
        Expect(await line.Send(mail, cancel), "mail");
        await Goodbye(line, cancel);
    }

    private static async Task<IReadOnlyList<string>> Hello(SmtpLine line, CancellationToken cancel)
    {
        var reply = await line.Ask("EHLO troupe.localdomain", cancel);
        Expect(reply, "EHLO");
        return reply.Lines;
    }

    private async Task LogIn(SmtpLine line, IReadOnlyList<string> abilities, CancellationToken cancel)
    {
        var ways = abilities.FirstOrDefault(a => a.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.ToUpperInvariant().Split(' ') ?? [];
        if (ways.Contains("PLAIN"))
        {
            Expect(await line.Ask($"AUTH PLAIN {Base64($"\0{settings.User}\0{settings.Password}")}", cancel), "login");
        }
        else
        {
            Expect(await line.Ask("AUTH LOGIN", cancel), "login");
            Expect(await line.Ask(Base64(settings.User!), cancel), "login");
            Expect(await line.Ask(Base64(settings.Password!), cancel), "login");
        }
    }

    /// <summary>The mail is taken; whether the farewell is heard changes nothing.</summary>
    private static async Task Goodbye(SmtpLine line, CancellationToken cancel)
    {
        try
        {
            await line.Ask("QUIT", cancel);
        }
        catch (Exception late) when (late is IOException or OutboundException or OperationCanceledException)
        {
        }
    }

    private async Task<SslStream> Secure(Stream connection, CancellationToken cancel)
    {
        var secure = new SslStream(connection, leaveInnerStreamOpen: true);
        await secure.AuthenticateAsClientAsync(new() { TargetHost = settings.Host, CertificateChainPolicy = trust?.Clone() }, cancel);
        return secure;
    }

    /// <summary>The server's own words are left out: they may quote what it was told, the login included.</summary>
    private static void Expect(SmtpReply reply, string what)
    {
        if (!reply.Good)
        {
            var later = reply.Code < 500;
            throw new OutboundException(later ? "mail_deferred" : "mail_refused", $"The mail server answered {reply.Code} to the {what}.", retryable: later);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
