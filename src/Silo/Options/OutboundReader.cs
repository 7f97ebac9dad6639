using System.Globalization;
using System.Net.Mail;
using Troupe.Silo.Outbound;

namespace Troupe.Silo.Options;

/// <summary>Reads the section <c>Troupe:Outbound</c> and finds everything that is wrong with it at once.</summary>
public static class OutboundReader
{
    /// <summary>The section's place.</summary>
    public const string Section = "Troupe:Outbound";

    /// <summary>Settings that are never shown, by full name below the section.</summary>
    public static readonly string[] Secrets = ["Smtp:Password", "Ai:Key"];

    /// <summary>Reads and checks. With any problem the settings are not to be used.</summary>
    public static (OutboundSettings Settings, IReadOnlyList<string> Problems) Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        var section = configuration.GetSection(Section);
        Known(section, problems, "Allow", "Smtp", "Ai");
        var settings = new OutboundSettings
        {
            Allow = Allow(section.GetSection("Allow"), problems),
            Smtp = Smtp(section.GetSection("Smtp"), problems),
            Ai = Ai(section.GetSection("Ai"), problems),
        };
        return (settings, problems);
    }

    /// <summary>One text with commas, or a list.</summary>
    private static string[] Allow(IConfigurationSection section, List<string> problems)
    {
        var given = (section.Value ?? "").Split(',').Concat(section.GetChildren().Select(child => child.Value ?? ""));
        var entries = given.Select(entry => entry.Trim()).Where(entry => entry.Length > 0).ToArray();
        problems.AddRange(entries.Where(entry => AllowEntry.Parse(entry) is null)
            .Select(entry => $"Outbound:Allow: '{entry}' is no host, host:port, address or network such as 10.1.0.0/16."));
        return entries;
    }

    private static SmtpSettings? Smtp(IConfigurationSection section, List<string> problems)
    {
        if (!section.Exists())
        {
            return null;
        }

        Known(section, problems, "Host", "Port", "Tls", "User", "Password", "From");
        var tls = SmtpTls.StartTls;
        if (section["Tls"] is { } given && !(Enum.TryParse(given, ignoreCase: true, out tls) && Enum.IsDefined(tls) && !char.IsAsciiDigit(given[0])))
        {
            problems.Add($"Outbound:Smtp:Tls: '{given}' is none of StartTls, Implicit, None.");
        }

        var smtp = new SmtpSettings
        {
            Host = section["Host"] ?? "",
            Port = Port(section["Port"], problems),
            Tls = tls,
            User = section["User"],
            Password = section["Password"],
            From = section["From"] ?? "",
        };
        problems.AddRange(Check(smtp));
        return smtp;
    }

    private static IEnumerable<string> Check(SmtpSettings smtp)
    {
        if (Uri.CheckHostName(smtp.Host) == UriHostNameType.Unknown)
        {
            yield return $"Outbound:Smtp:Host: '{smtp.Host}' is no host name.";
        }

        if (!MailAddress.TryCreate(smtp.From, out var from) || !from.Address.All(char.IsAscii) || smtp.From.Any(char.IsControl))
        {
            yield return $"Outbound:Smtp:From: '{smtp.From}' is no mail address.";
        }

        if (smtp.User is null != smtp.Password is null)
        {
            yield return "Outbound:Smtp: User and Password belong together.";
        }

        if (smtp.User is not null && smtp.Tls == SmtpTls.None)
        {
            yield return "Outbound:Smtp: a password is not sent without TLS; set Tls to StartTls or Implicit.";
        }
    }

    private static int? Port(string? text, List<string> problems)
    {
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65_536)
        {
            return port;
        }

        problems.Add($"Outbound:Smtp:Port: '{text}' is no port.");
        return null;
    }

    private static AiSettings? Ai(IConfigurationSection section, List<string> problems)
    {
        if (!section.Exists())
        {
            return null;
        }

        Known(section, problems, "Provider", "Url", "Key", "Model");
        var ai = new AiSettings { Provider = section["Provider"] ?? "chat", Url = section["Url"] ?? "", Key = section["Key"], Model = section["Model"] ?? "" };
        if (ai.Provider is not ("chat" or "mock"))
        {
            problems.Add($"Outbound:Ai:Provider: '{ai.Provider}' is neither chat nor mock.");
        }

        if (ai.Provider == "chat" && HttpSender.Target(ai.Url) is null)
        {
            problems.Add($"Outbound:Ai:Url: '{ai.Url}' is no http or https address.");
        }

        if (ai.Provider == "chat" && ai.Model.Length == 0)
        {
            problems.Add("Outbound:Ai:Model is missing.");
        }

        return ai;
    }

    private static void Known(IConfigurationSection section, List<string> problems, params string[] names) => problems.AddRange(
        section.GetChildren().Where(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(child => $"{child.Path["Troupe:".Length..]} is not a setting. There are: {string.Join(", ", names)}."));
}
