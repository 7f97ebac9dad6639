using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>A key's rate limit, with a clock that stands still unless it is moved.</summary>
public sealed class RateLimitTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private TestServer _server = null!;
    private string _workspace = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.Start(_clock, routes: Probe.Routes);
        _workspace = await _server.MakeWorkspace();
        _client = await _server.ClientWith(["tables:read", "ingest"], _workspace);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Without_a_limit_there_are_no_headers()
    {
        using var answer = await _client.GetAsync(new Uri("/api/v1/probe", UriKind.Relative));
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("RateLimit", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_seconds_worth_passes_the_next_is_429_and_waiting_helps()
    {
        await Limit(5);
        for (var left = 4; left >= 0; left--)
        {
            using var passed = await Get();
            Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
            Assert.Equal("\"requests\";q=5;w=1", Assert.Single(passed.Headers.GetValues("RateLimit-Policy")));
            Assert.Equal($"\"requests\";r={left};t=1", Assert.Single(passed.Headers.GetValues("RateLimit")));
        }

        using var refused = await Get();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", refused.Headers.RetryAfter!.ToString());
        Assert.Equal("\"requests\";r=0;t=1", Assert.Single(refused.Headers.GetValues("RateLimit")));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(("rate_limited", 1), (error["code"]!.ToString(), (int)error["retry_after_seconds"]!));

        _clock.Advance(TimeSpan.FromMilliseconds(200)); // a fifth of a second brings one request
        Assert.Equal(HttpStatusCode.OK, (await Get()).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Get()).StatusCode);
        _clock.Advance(TimeSpan.FromSeconds(10)); // no more than a second's worth is saved up
        Assert.Equal(5, await Passing(20));
    }

    [Fact]
    public async Task The_ingest_family_refuses_in_its_own_words()
    {
        await Limit(1);
        await _client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        var (status, answer) = await _client.Try(HttpMethod.Post, "/api/v1/public/probe", "{}");
        Assert.Equal((HttpStatusCode.TooManyRequests, "RATE_LIMITED"), (status, answer["errorCode"]!.ToString()));
        Assert.Equal(1, (int)answer["retryAfterSeconds"]!);
    }

    [Fact]
    public async Task Concurrent_callers_get_exactly_the_limit()
    {
        await Limit(100);
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Get()));
        Assert.Equal(100, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(200, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Each_key_has_a_limit_of_its_own_and_a_limit_can_be_lifted()
    {
        await Limit(2);
        Assert.Equal(2, await Passing(5));
        var other = await _server.ClientWith(["tables:read"], _workspace);
        Assert.Equal(HttpStatusCode.OK, (await other.Try(HttpMethod.Get, "/api/v1/probe")).Status);

        await Limit(null);
        Assert.Equal(20, await Passing(20));
    }

    private async Task Limit(long? requests)
    {
        await _server.Admin.SendJson(HttpMethod.Put, $"/admin/workspaces/{_workspace}/plan",
            new JsonObject { ["limits"] = new JsonObject { ["requests_per_second"] = requests } });
        _clock.Advance(Limits.GrantAge);
    }

    private async Task<int> Passing(int requests)
    {
        var passed = 0;
        for (var i = 0; i < requests; i++)
        {
            passed += (await Get()).StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        return passed;
    }

    private Task<HttpResponseMessage> Get() => _client.GetAsync(new Uri("/api/v1/probe", UriKind.Relative));
}
