using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Every refusal comes in the shape of the family whose prefix the path has, whoever made it.</summary>
public sealed class ErrorShapeTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing/here", 404, "route_not_found")]
    [InlineData("PATCH", "/api/v1/probe", 405, "method_not_allowed")]
    [InlineData("GET", "/api/v1/public/nothing", 404, "route_not_found")]
    [InlineData("DELETE", "/api/v1/public/probe", 405, "method_not_allowed")]
    [InlineData("GET", "/admin/nothing", 404, "route_not_found")]
    [InlineData("DELETE", "/admin/workspaces", 405, "method_not_allowed")]
    [InlineData("GET", "/elsewhere", 404, "route_not_found")]
    [InlineData("GET", "/api/v1publicity", 404, "route_not_found")]
    public async Task What_routing_refuses(string method, string path, int status, string code)
    {
        var answer = await probe.All.Try(new HttpMethod(method), path);
        AssertRefused(answer, path, status, code);
    }

    [Theory]
    [InlineData("/api/v1/probe", 401, "unauthorized")]
    [InlineData("/api/v1/public/probe/raw", 401, "invalid_api_key")]
    [InlineData("/admin/workspaces", 401, "unauthorized")]
    public async Task No_credential(string path, int status, string code)
    {
        var answer = await probe.Server.Client().Try(HttpMethod.Post, path, "{}");
        AssertRefused(answer, path, status, code);
    }

    [Theory]
    [InlineData("/api/v1/probe", "text/csv")]
    [InlineData("/api/v1/public/probe", "text/plain")]
    [InlineData("/api/v1/probe", "application/json; charset=utf-16")]
    public async Task A_body_that_is_not_JSON_by_its_type(string path, string type)
    {
        var answer = await probe.All.Try(HttpMethod.Post, path, "{}", type);
        AssertRefused(answer, path, 415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("/api/v1/probe", "")]
    [InlineData("/api/v1/probe", "application/vnd.thing+json")]
    public async Task A_body_without_a_type_is_taken_for_JSON(string path, string type)
    {
        var (status, _) = await probe.All.Try(HttpMethod.Post, path, "{}", type);
        Assert.Equal(HttpStatusCode.Created, status);
    }

    [Theory]
    [InlineData("/api/v1/probe")]
    [InlineData("/api/v1/public/probe")]
    [InlineData("/api/v1/public/probe/raw")]
    public async Task A_body_of_one_byte_too_many(string path)
    {
        var answer = await probe.All.Try(HttpMethod.Post, path, new byte[Limits.BodyBytes + 1]);
        AssertRefused(answer, path, 413, "body_too_large");
    }

    [Theory]
    [InlineData("bug", 500, "internal_error", null)]
    [InlineData("late", 503, "timed_out", "1")]
    [InlineData("full", 503, "overloaded", "1")]
    [InlineData("stopping", 503, "node_lost", "1")]
    [InlineData("store", 503, "store_unavailable", "5")]
    public async Task Exceptions_say_nothing_of_the_inside(string what, int status, string code, string? retryAfter)
    {
        using var answer = await probe.All.GetAsync(new Uri($"/api/v1/probe/throw/{what}", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        AssertRefused((answer.StatusCode, JsonNode.Parse(text)!), "/api/v1", status, code);
        Assert.Equal(retryAfter, answer.Headers.RetryAfter?.ToString());
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Kernel.Refusal.Invalid, 422, 400)]
    [InlineData(Kernel.Refusal.Malformed, 400, 400)]
    [InlineData(Kernel.Refusal.Unsupported, 415, 415)]
    [InlineData(Kernel.Refusal.Unauthorized, 401, 401)]
    [InlineData(Kernel.Refusal.Forbidden, 403, 403)]
    [InlineData(Kernel.Refusal.Missing, 404, 404)]
    [InlineData(Kernel.Refusal.Conflict, 409, 409)]
    [InlineData(Kernel.Refusal.Stale, 409, 409)]
    [InlineData(Kernel.Refusal.TooLarge, 413, 413)]
    [InlineData(Kernel.Refusal.Limited, 429, 429)]
    [InlineData(Kernel.Refusal.Unavailable, 503, 503)]
    public async Task Each_refusal_has_its_status_in_each_family(Kernel.Refusal kind, int workspace, int ingest)
    {
        AssertRefused(await probe.All.Try(HttpMethod.Get, $"/api/v1/probe/refuse/{kind}"), "/api/v1", workspace, "probe_refused");
        AssertRefused(await probe.All.Try(HttpMethod.Get, $"/api/v1/public/probe/refuse/{kind}"), "/api/v1/public", ingest, "probe_refused");
    }

    [Fact]
    public async Task Fields_and_details_are_spelt_as_the_family_spells()
    {
        var (_, workspace) = await probe.All.Try(HttpMethod.Get, "/api/v1/probe/refuse/Invalid");
        Assert.Equal("table_id", workspace["error"]!["field_errors"]![0]!["field"]!.ToString());
        Assert.Equal("steps[2].max_wait", workspace["error"]!["field_errors"]![1]!["field"]!.ToString());
        Assert.Equal(7, (int)workspace["error"]!["retry_after_seconds"]!);
        Assert.Equal("""["a","b"]""", workspace["error"]!["expected"]!.ToJsonString());

        var (_, ingest) = await probe.All.Try(HttpMethod.Get, "/api/v1/public/probe/refuse/Invalid");
        Assert.Equal("tableId", ingest["fieldErrors"]![0]!["field"]!.ToString());
        Assert.Equal("steps[2].maxWait", ingest["fieldErrors"]![1]!["field"]!.ToString());
        Assert.Equal(7, (int)ingest["retryAfterSeconds"]!);
    }

    [Fact]
    public async Task The_request_id_is_ours_whatever_the_client_sends()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/probe") { Headers = { { "X-Request-Id", "req_mine" } } };
        using var answer = await probe.All.SendAsync(request);
        var id = Assert.Single(answer.Headers.GetValues("X-Request-Id"));
        Assert.Matches("^req_[0-9a-f]{24}$", id);
        Assert.Equal(id, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["request_id"]!.ToString());
    }

    private static void AssertRefused((HttpStatusCode Status, JsonNode Answer) got, string path, int status, string code)
    {
        Assert.Equal(status, (int)got.Status);
        if (path.StartsWith("/api/v1/public", StringComparison.Ordinal))
        {
            Assert.Equal(code.ToUpperInvariant(), got.Answer["errorCode"]!.ToString());
            Assert.Equal(got.Answer["error"]!.ToString(), got.Answer["message"]!.ToString());
        }
        else
        {
            var error = got.Answer["error"]!;
            Assert.Equal(code, error["code"]!.ToString());
            Assert.NotEmpty(error["message"]!.ToString());
            Assert.StartsWith("req_", error["request_id"]!.ToString(), StringComparison.Ordinal);
            Assert.EndsWith($"#{code}", error["docs_url"]!.ToString(), StringComparison.Ordinal);
        }
    }
}
