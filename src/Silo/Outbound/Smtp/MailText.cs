using System.Globalization;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound.Smtp;

/// <summary>Writes a mail as RFC 5322 and MIME want it: ASCII only, lines of at most 78 characters, the text as base64.</summary>
internal static class MailText
{
    private static readonly IdnMapping Idn = new();

    /// <summary>An address as SMTP takes it: <c>local@domain</c> in ASCII, the domain of another script as punycode. Null when it is none.</summary>
    public static string? Address(string text)
    {
        var at = text.LastIndexOf('@');
        if (at <= 0 || text.Length > Limits.MailAddressLength)
        {
            return null;
        }

        var local = text[..at];
        if (local.Length > 64 || local.StartsWith('.') || local.EndsWith('.') || local.Contains("..", StringComparison.Ordinal)
            || !local.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.".Contains(c)))
        {
            return null;
        }

        try
        {
            var domain = Idn.GetAscii(text[(at + 1)..]);
            return Uri.CheckHostName(domain) == UriHostNameType.Dns && domain.All(char.IsAscii) ? $"{local}@{domain}" : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The whole mail.</summary>
    /// <param name="call">What to send; addresses checked.</param>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver's address in ASCII.</param>
    /// <param name="replyTo">Likewise; null for none.</param>
    /// <param name="now">The date of the mail.</param>
    public static byte[] Write(EmailCall call, MailAddress from, string to, string? replyTo, DateTimeOffset now)
    {
        var mail = new StringBuilder();
        mail.Append("Date: ").Append(now.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)).Append("\r\n");
        mail.Append("From: ").Append(from.DisplayName.Length > 0 ? Encoded(from.DisplayName) + "\r\n " : "").Append('<').Append(from.Address).Append(">\r\n");
        mail.Append("To: <").Append(to).Append(">\r\n");
        mail.Append(replyTo is null ? "" : $"Reply-To: <{replyTo}>\r\n");
        mail.Append("Subject: ").Append(Encoded(call.Subject)).Append("\r\n");
        mail.Append("Message-ID: <").Append(Digest(call.IdempotencyKey)).Append('@').Append(from.Host).Append(">\r\n");
        mail.Append("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
        mail.Append("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(call.Text.ReplaceLineEndings("\r\n")));
        foreach (var line in text.Chunk(76))
        {
            mail.Append(line).Append("\r\n"); // base64: no line is a dot alone
        }

        return Encoding.ASCII.GetBytes(mail.ToString());
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..40];

    /// <summary>A header's text: as it is when short and printable ASCII, otherwise RFC 2047 words of whole characters, one a line.</summary>
    internal static string Encoded(string text)
    {
        if (text.Length <= 60 && text.All(c => c is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal))
        {
            return text;
        }

        var (words, word) = (new List<string>(), new List<byte>());
        foreach (var rune in text.EnumerateRunes())
        {
            var bytes = Encoding.UTF8.GetBytes((Rune.IsControl(rune) ? new Rune(' ') : rune).ToString());
            if (word.Count + bytes.Length > 45)
            {
                words.Add(Convert.ToBase64String([.. word]));
                word.Clear();
            }

            word.AddRange(bytes);
        }

        words.Add(Convert.ToBase64String([.. word]));
        return string.Join("\r\n ", words.Select(w => $"=?utf-8?B?{w}?="));
    }
}
