namespace Troupe.Silo.Options;

/// <summary>How the server calls outside, checked: the section <c>Troupe:Outbound</c>.</summary>
public sealed record OutboundSettings
{
    /// <summary>Places that may be called although their address is not public, for development: <c>host</c>, <c>host:port</c>, an address with or without
    /// port, or a network such as <c>10.1.0.0/16</c>. Public addresses need no entry.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>The mail server; null when there is none.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>The language model; null when there is none.</summary>
    public AiSettings? Ai { get; init; }
}

/// <summary>How the connection to the mail server is secured.</summary>
public enum SmtpTls
{
    /// <summary>Starts in the clear and changes to TLS before anything is said (port 587).</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Implicit,

    /// <summary>No TLS: for a mail catcher on the developer's machine. Can't be combined with a user.</summary>
    None,
}

/// <summary>The mail server.</summary>
public sealed record SmtpSettings
{
    /// <summary>Its name.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its port; 587, 465 or 25 as <see cref="Tls"/> says when unset.</summary>
    public int? Port { get; init; }

    /// <summary>How the connection is secured.</summary>
    public SmtpTls Tls { get; init; }

    /// <summary>The user to log in as; null for none.</summary>
    public string? User { get; init; }

    /// <summary>The user's password. Never shown, never logged.</summary>
    public string? Password { get; init; }

    /// <summary>The sender: an address, or <c>Name &lt;address&gt;</c>.</summary>
    public string From { get; init; } = "";

    /// <summary>The port in effect.</summary>
    public int EffectivePort => Port ?? Tls switch { SmtpTls.Implicit => 465, SmtpTls.None => 25, _ => 587 };

    /// <inheritdoc/>
    public override string ToString() => $"smtp {Host}:{EffectivePort}"; // a record would print the password
}

/// <summary>The language model.</summary>
public sealed record AiSettings
{
    /// <summary><c>chat</c>: a chat-completions endpoint; <c>mock</c>: answers made up from the task, always the same, for tests and demonstrations.</summary>
    public string Provider { get; init; } = "chat";

    /// <summary>The whole address of the endpoint, e.g. <c>https://…/v1/chat/completions</c>.</summary>
    public string Url { get; init; } = "";

    /// <summary>Sent as bearer token; null sends none. Never shown, never logged.</summary>
    public string? Key { get; init; }

    /// <summary>The model when a step names none.</summary>
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => $"{Provider} {Url} {Model}"; // a record would print the key
}
