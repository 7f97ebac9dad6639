using Microsoft.Extensions.Configuration;
using Troupe.Silo.Options;

namespace Troupe.Silo.Tests.Outbound;

public class OutboundReaderTests
{
    [Fact]
    public void Nothing_is_a_good_configuration()
    {
        var (settings, problems) = OutboundReader.Read(Of());
        Assert.Empty(problems);
        Assert.Equal((0, null, null), (settings.Allow.Count, settings.Smtp, settings.Ai));
    }

    [Fact]
    public void Everything_can_be_given()
    {
        var (settings, problems) = OutboundReader.Read(Of(
            ("Allow", "localhost:4000, 10.0.0.0/8"), ("Allow:0", "[::1]:25"),
            ("Smtp:Host", "mail.example"), ("Smtp:Tls", "implicit"), ("Smtp:User", "u"), ("Smtp:Password", "p"), ("Smtp:From", "Troupe <robot@example.com>"),
            ("Ai:Url", "https://ai.example/v1/chat/completions"), ("Ai:Key", "k"), ("Ai:Model", "m")));
        Assert.Empty(problems);
        Assert.Equal(["localhost:4000", "10.0.0.0/8", "[::1]:25"], settings.Allow);
        Assert.Equal((465, SmtpTls.Implicit), (settings.Smtp!.EffectivePort, settings.Smtp.Tls));
        Assert.Equal("k", settings.Ai!.Key);
        Assert.DoesNotContain("k", settings.Ai with { Url = "", Model = "", Provider = "" } + "", StringComparison.Ordinal);
        Assert.Equal("smtp mail.example:465", $"{settings.Smtp}");
    }

    [Fact]
    public void All_problems_come_at_once() => Assert.Equal(
        [
            "Outbound:Alow is not a setting. There are: Allow, Smtp, Ai.",
            "Outbound:Allow: '10.1.2.3/33' is no host, host:port, address or network such as 10.1.0.0/16.",
            "Outbound:Smtp:Tls: '7' is none of StartTls, Implicit, None.",
            "Outbound:Smtp:Port: '0' is no port.",
            "Outbound:Smtp:Host: '' is no host name.",
            "Outbound:Smtp:From: 'robot' is no mail address.",
            "Outbound:Smtp: User and Password belong together.",
            "Outbound:Ai:Ky is not a setting. There are: Provider, Url, Key, Model.",
            "Outbound:Ai:Url: 'ftp://x' is no http or https address.",
            "Outbound:Ai:Model is missing.",
        ],
        OutboundReader.Read(Of(
            ("Alow", "x"), ("Allow:0", "10.1.2.3/33"), ("Smtp:Tls", "7"), ("Smtp:Port", "0"), ("Smtp:From", "robot"), ("Smtp:User", "u"),
            ("Ai:Ky", "x"), ("Ai:Url", "ftp://x"))).Problems);

    [Fact]
    public void A_password_is_not_sent_in_the_clear() => Assert.Equal(
        ["Outbound:Smtp: a password is not sent without TLS; set Tls to StartTls or Implicit."],
        OutboundReader.Read(Of(("Smtp:Host", "m"), ("Smtp:Tls", "None"), ("Smtp:User", "u"), ("Smtp:Password", "p"), ("Smtp:From", "a@b.c"))).Problems);

    [Fact]
    public void Secrets_are_masked_where_settings_are_shown()
    {
        var configuration = Of(("Smtp:Password", "s3cret"), ("Ai:Key", "k3y"), ("Ai:Model", "m"));
        var outbound = EffectiveSetting.Of(new(), configuration).Where(s => s.Name.StartsWith("Outbound", StringComparison.Ordinal));
        var shown = outbound.Select(s => $"{s.Name}={s.Value}");
        Assert.Equal(["Outbound:Ai:Key=****", "Outbound:Ai:Model=m", "Outbound:Smtp:Password=****"], shown);
    }

    private static IConfigurationRoot Of(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create($"Troupe:Outbound:{v.Key}", (string?)v.Value))).Build();
}
