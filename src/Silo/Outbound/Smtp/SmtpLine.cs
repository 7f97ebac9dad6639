using System.Text;

namespace Troupe.Silo.Outbound.Smtp;

/// <summary>What the mail server said.</summary>
/// <param name="Code">The three digits.</param>
/// <param name="Lines">The texts behind them.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>2xx or 3xx.</summary>
    public bool Good => Code is >= 200 and < 400;
}

/// <summary>Lines to and from a mail server, bounded in length and number (RFC 5321 section 4.5.3).</summary>
internal sealed class SmtpLine(Stream stream)
{
    private const int LongestLine = 1_000;
    private const int MostLines = 100;

    private readonly byte[] _buffer = new byte[4096];
    private int _from;
    private int _to;

    /// <summary>Whether the server said more than was asked; before TLS that is an attempt to slip something in.</summary>
    public bool HasMore => _from < _to;

    /// <summary>Says a line and gives the answer.</summary>
    public async Task<SmtpReply> Ask(string line, CancellationToken cancel)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancel);
        await stream.FlushAsync(cancel);
        return await Hear(cancel);
    }

    /// <summary>Sends a mail and the dot behind it.</summary>
    public async Task<SmtpReply> Send(byte[] mail, CancellationToken cancel)
    {
        await stream.WriteAsync(mail, cancel);
        return await Ask(".", cancel);
    }

    /// <summary>The server's next answer.</summary>
    public async Task<SmtpReply> Hear(CancellationToken cancel)
    {
        var lines = new List<string>();
        while (lines.Count < MostLines)
        {
            var line = await ReadLine(cancel);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), out var code) || code is < 200 or > 599 || (line.Length > 3 && line[3] is not (' ' or '-')))
            {
                throw Broken();
            }

            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ')
            {
                return new(code, lines);
            }
        }

        throw Broken();
    }

    private async Task<string> ReadLine(CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (line.Length <= LongestLine)
        {
            if (_from == _to)
            {
                (_from, _to) = (0, await stream.ReadAsync(_buffer, cancel));
                if (_to == 0)
                {
                    throw new OutboundException("connection_lost", "The mail server closed the connection.", retryable: true);
                }
            }

            var c = (char)_buffer[_from++];
            if (c == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(c);
        }

        throw Broken();
    }

    private static OutboundException Broken() => new("mail_server_broken", "The mail server does not speak SMTP.", retryable: true);
}
