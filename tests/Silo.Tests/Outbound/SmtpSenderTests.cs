using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Troupe.Silo.Options;
using Troupe.Silo.Outbound;
using Troupe.Silo.Outbound.Smtp;
using Troupe.Spinners;
using Troupe.Tests;

namespace Troupe.Silo.Tests.Outbound;

public class SmtpSenderTests
{
    private static readonly EmailCall Mail = new("ws", "ada@example.org", "Hello Ada", "One\nTwo", null, "job/rec/step", TimeSpan.FromSeconds(10));

    [Fact]
    public async Task A_mail_is_handed_over_line_by_line()
    {
        var heard = new List<string>();
        await using var server = Server(heard);
        var answer = await Send(server, Mail with { ReplyTo = "desk@müller.example", Subject = "Grüße", Text = new string('ü', 100) + "\n.\nend" });
        Assert.Equal((200, null), (answer.Status, answer.Error));
        Assert.Equal(["EHLO troupe.localdomain", "MAIL FROM:<robot@example.com>", "RCPT TO:<ada@example.org>", "DATA"], heard[..4]);
        Assert.Equal(".", heard[^2]);
        Assert.Equal("QUIT", heard[^1]);
        var head = heard[4..heard.IndexOf("")];
        Assert.Equal(
            ["Date: Sun, 01 Mar 2026 12:00:00 +0000", "From: Troupe", " <robot@example.com>", "To: <ada@example.org>",
             "Reply-To: <desk@xn--mller-kva.example>", "Subject: =?utf-8?B?R3LDvMOfZQ==?=", "Auto-Submitted: auto-generated",
             "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"],
            head.Where(l => !l.StartsWith("Message-ID", StringComparison.Ordinal)));
        Assert.Matches("^Message-ID: <[0-9a-f]{40}@example.com>$", head.Single(l => l.StartsWith("Message-ID", StringComparison.Ordinal)));
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(string.Concat(heard[(heard.IndexOf("") + 1)..^2])));
        Assert.Equal(new string('ü', 100) + "\r\n.\r\nend", text);
        Assert.All(heard, line => Assert.True(line.Length <= 78));
    }

    [Fact]
    public async Task The_same_work_has_the_same_message_id()
    {
        async Task<string> IdOf(EmailCall call)
        {
            var heard = new List<string>();
            await using var server = Server(heard);
            await Send(server, call);
            return heard.Single(l => l.StartsWith("Message-ID", StringComparison.Ordinal));
        }

        Assert.Equal(await IdOf(Mail), await IdOf(Mail));
        Assert.NotEqual(await IdOf(Mail), await IdOf(Mail with { IdempotencyKey = "job/rec2/step" }));
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task Over_TLS_it_logs_in(SmtpTls tls)
    {
        var heard = new List<string>();
        var (certificate, trust) = RawServer.Certificate("mail.example");
        using var _ = certificate;
        await using var server = Server(heard, certificate, tls);
        var settings = Settings(server) with { Tls = tls, User = "robot", Password = "s3cret" };
        var answer = await Send(server, Mail, settings, trust);
        Assert.Equal((200, null), (answer.Status, answer.Error));
        Assert.Contains("AUTH PLAIN " + Convert.ToBase64String("\0robot\0s3cret"u8), heard);
        Assert.Equal(tls == SmtpTls.StartTls, heard.Contains("STARTTLS"));

        heard.Clear();
        answer = await Send(server, Mail, settings); // the system does not know this authority
        Assert.Equal(("tls_failed", false), (answer.Error, answer.Retryable));
        Assert.DoesNotContain(heard, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Words_slipped_in_before_TLS_end_the_exchange()
    {
        await using var server = new RawServer(async (stream, stop) =>
        {
            using var reader = new StreamReader(stream);
            await stream.WriteAsync("220 hi\r\n"u8.ToArray(), stop);
            await reader.ReadLineAsync(stop);
            await stream.WriteAsync("250 STARTTLS\r\n"u8.ToArray(), stop);
            await reader.ReadLineAsync(stop);
            await stream.WriteAsync("220 go\r\n250 slipped in\r\n"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        Assert.Equal("mail_server_broken", (await Send(server, Mail, Settings(server) with { Tls = SmtpTls.StartTls })).Error);
    }

    [Theory]
    [InlineData("RCPT", "550 no such user", "mail_refused", false, "The mail server answered 550 to the receiver.")]
    [InlineData("RCPT", "451 later", "mail_deferred", true, "The mail server answered 451 to the receiver.")]
    [InlineData("EHLO", "nonsense", "mail_server_broken", true, "The mail server does not speak SMTP.")]
    [InlineData("MAIL", "", "connection_lost", true, "The mail server closed the connection.")]
    public async Task Refusals_have_their_codes(string command, string reply, string code, bool retryable, string message)
    {
        await using var server = Server([], answer: line => line.StartsWith(command, StringComparison.Ordinal) ? reply : null);
        var answer = await Send(server, Mail);
        Assert.Equal((code, retryable, message), (answer.Error, answer.Retryable, answer.Message));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_in_time()
    {
        await using var silent = new RawServer((_, stop) => Task.Delay(Timeout.Infinite, stop));
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var sender = new SmtpSender(Settings(silent), Guard("127.0.0.1"), TimeProvider.System);
        Assert.Equal("timed_out", (await sender.Send(Mail with { Timeout = TimeSpan.FromMilliseconds(200) }, time.Token)).Error);
    }

    [Fact]
    public async Task The_mail_server_must_pass_the_guard()
    {
        await using var server = Server([]);
        Assert.Equal("address_refused", (await new SmtpSender(Settings(server), Guard(), new FakeClock()).Send(Mail, default)).Error);
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("@example.org")]
    [InlineData("ada@")]
    [InlineData("Ada <ada@example.org>")]
    [InlineData("ada@example.org, bob@example.org")]
    [InlineData("ada@example.org>\r\nRCPT TO:<bob@example.org")]
    [InlineData("ada@exa mple.org")]
    [InlineData("a..da@example.org")]
    [InlineData("ädä@example.org")]
    [InlineData("ada@[127.0.0.1]")]
    [InlineData("‹email›")]
    public async Task Only_one_plain_address_is_taken(string to)
    {
        await using var server = Server([]);
        Assert.Equal("address_invalid", (await Send(server, Mail with { To = to })).Error);
        Assert.Equal("address_invalid", (await Send(server, Mail with { ReplyTo = to })).Error);
        Assert.Equal(0, server.Connections);
    }

    private static SmtpSettings Settings(RawServer server) =>
        new() { Host = "mail.example", Port = server.Port, Tls = SmtpTls.None, From = "Troupe <robot@example.com>" };

    private static Guard Guard(params string[] allow) =>
        new([.. allow.Select(a => AllowEntry.Parse(a)!)], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));

    private static async Task<StepAnswer> Send(RawServer server, EmailCall call, SmtpSettings? settings = null, X509ChainPolicy? trust = null) =>
        await new SmtpSender(settings ?? Settings(server), Guard("127.0.0.1"), new FakeClock(), trust).Send(call, default);

    /// <summary>A mail server that takes everything, unless the test answers otherwise; an empty answer hangs up.</summary>
    private static RawServer Server(
        List<string> heard, X509Certificate2? certificate = null, SmtpTls tls = SmtpTls.None, Func<string, string?>? answer = null) => new(async (raw, stop) =>
    {
        var stream = tls == SmtpTls.Implicit ? await RawServer.Secure(raw, certificate!) : raw;
        await Say(stream, "220-mail.example\r\n220 ready", stop);
        var (reader, data) = (new StreamReader(stream, Encoding.ASCII), false);
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            heard.Add(line);
            data = data ? line != "." : line == "DATA";
            if (data && line != "DATA")
            {
                continue;
            }

            var reply = answer?.Invoke(line) ?? line.Split(' ')[0] switch
            {
                "EHLO" => "250-mail.example\r\n250-SIZE 1000000\r\n250 AUTH LOGIN PLAIN",
                "STARTTLS" => "220 go ahead",
                "AUTH" => "235 welcome",
                "DATA" => "354 go ahead",
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            if (reply.Length == 0)
            {
                return;
            }

            await Say(stream, reply, stop);
            if (line == "STARTTLS")
            {
                stream = await RawServer.Secure(raw, certificate!);
                reader = new(stream, Encoding.ASCII);
            }
        }
    });

    private static async Task Say(Stream stream, string text, CancellationToken stop) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), stop);
}
