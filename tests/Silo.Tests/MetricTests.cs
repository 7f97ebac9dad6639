using System.Diagnostics.Metrics;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>What a Prometheus server scrapes.</summary>
public sealed class MetricTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    [Fact]
    public async Task The_whole_page_can_be_read_and_counts_requests_by_route_and_status()
    {
        await probe.All.GetJson("/api/v1/probe");
        await probe.All.Try(HttpMethod.Get, "/api/v1/nowhere");
        var page = await Scrape();

        var requests = Family(page, "http_server_request_duration_seconds");
        var counted = Assert.Single(requests.Lines, line => line.Name.EndsWith("_count", StringComparison.Ordinal)
            && (line.Labels["http_response_status_code"], line.Labels.GetValueOrDefault("http_route")) == ("200", "/api/v1/probe"));
        Assert.True(counted.Value >= 1);
        Assert.True(Family(page, "troupe_store_commits_total").Lines[0].Value >= 1);
        Assert.True(One(page, "troupe_runtime_activations", "WorkspaceGrain") >= 1);
    }

    [Fact]
    public async Task Grain_calls_are_counted_and_timed_by_grain_class()
    {
        var before = await Scrape();
        await probe.Server.MakeWorkspace();
        var after = await Scrape();
        Assert.True(One(after, "troupe_runtime_calls_total", "WorkspaceGrain") > One(before, "troupe_runtime_calls_total", "WorkspaceGrain"));
        const string times = "troupe_runtime_call_duration_seconds";
        Assert.True(One(after, times, "WorkspaceGrain", "_count") > One(before, times, "WorkspaceGrain", "_count"));
        Assert.True(One(after, times, "WorkspaceGrain", "_sum") > One(before, times, "WorkspaceGrain", "_sum"));
    }

    [Fact]
    public async Task Partitions_and_reminders_are_told()
    {
        var page = await Scrape();
        Assert.Equal(1024, Family(page, "troupe_runtime_partitions").Lines[0].Value);
        Assert.Equal(["gained", "lost"], Family(page, "troupe_runtime_handovers_total").Lines.Select(line => line.Labels["direction"]));
        Assert.Single(Family(page, "troupe_reminders_behind_seconds").Lines);
    }

    [Fact]
    public async Task Whatever_stands_in_a_label_or_a_description_the_page_stays_readable()
    {
        using var meter = new Meter("Troupe.Test");
        var odd = meter.CreateCounter<long>("troupe.test.odd", description: "One \\ line\nand another");
        odd.Add(2, new KeyValuePair<string, object?>("text", "a \"quoted\" \\ and a\nbreak"), new KeyValuePair<string, object?>("none", null));
        var family = Family(await Scrape(), "troupe_test_odd_total");
        Assert.Equal("One \\\\ line\\nand another", family.Help);
        Assert.Equal(("a \"quoted\" \\ and a\nbreak", "", 2d), (family.Lines[0].Labels["text"], family.Lines[0].Labels["none"], family.Lines[0].Value));
    }

    private static MetricFamily Family(IReadOnlyList<MetricFamily> page, string name) => Assert.Single(page, family => family.Name == name);

    private static double One(IReadOnlyList<MetricFamily> page, string name, string grain, string part = "") =>
        Assert.Single(Family(page, name).Lines, line => line.Name == name + part && line.Labels["grain"] == grain).Value;

    private async Task<IReadOnlyList<MetricFamily>> Scrape() =>
        PrometheusPage.Parse(await probe.Server.Client().GetStringAsync(new Uri("/metrics", UriKind.Relative)));
}
