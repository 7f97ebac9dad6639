using System.Net;
using Troupe.Silo.Outbound;

namespace Troupe.Silo.Tests.Outbound;

public class AddressRulesTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")] // IPv4-compatible
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")] // IPv4-mapped
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:8.8.8.8")] // IPv4-translated
    [InlineData("64:ff9b::8.8.8.8")] // NAT64
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("100::1")]
    [InlineData("2001::1")] // Teredo
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2001:2::1")] // benchmarks
    [InlineData("2001:10::1")]
    [InlineData("2001:20::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")] // 6to4 of loopback
    [InlineData("2002:808:808::1")]
    [InlineData("3fff::1")]
    [InlineData("3fff:fff::1")]
    [InlineData("4000::1")] // not global unicast
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("ff0e::1")]
    public void Refused(string address) => Assert.False(AddressRules.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.1")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.1")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2001:200::1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2003::1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    public void Public(string address) => Assert.True(AddressRules.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("localhost", "localhost", 80, "127.0.0.1", true)]
    [InlineData("LocalHost", "localhost.", 80, "127.0.0.1", true)]
    [InlineData("localhost:81", "localhost", 80, "127.0.0.1", false)]
    [InlineData("localhost:80", "localhost", 80, "::1", true)]
    [InlineData("localhost", "127.0.0.1", 80, "127.0.0.1", false)] // names are names
    [InlineData("127.0.0.1:80", "anything", 80, "127.0.0.1", true)] // addresses are what a name resolved to
    [InlineData("127.0.0.1:80", "anything", 80, "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.1:80", "anything", 81, "127.0.0.1", false)]
    [InlineData("127.0.0.1", "anything", 81, "127.0.0.2", false)]
    [InlineData("10.1.0.0/16", "x", 443, "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "x", 443, "10.2.2.3", false)]
    [InlineData("[::1]:80", "x", 80, "::1", true)]
    [InlineData("::1", "x", 80, "::1", true)]
    [InlineData("fd00::/8", "x", 80, "fd12::1", true)]
    public void Allow_entries_cover(string entry, string host, int port, string address, bool covered) =>
        Assert.Equal(covered, AllowEntry.Parse(entry)!.Covers(host, port, IPAddress.Parse(address)));

    [Theory]
    [InlineData("")]
    [InlineData("http://localhost")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:x")]
    [InlineData("10.0.0.0/33")]
    [InlineData("a b")]
    [InlineData("*")]
    public void Allow_entries_that_are_none(string entry) => Assert.Null(AllowEntry.Parse(entry));
}
