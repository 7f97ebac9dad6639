using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Lists: bounds of the limit, and cursors that are good for their own list only.</summary>
public sealed class PageTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    [Fact]
    public async Task A_list_is_walked_to_its_end_by_its_cursors()
    {
        List<int> seen = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await probe.All.GetJson($"/api/v1/probe/list?limit=100{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page["data"]!.AsArray().Select(item => (int)item!));
            cursor = page["next_cursor"]?.ToString();
        }

        Assert.Equal(Enumerable.Range(1, 250), seen);
    }

    [Fact]
    public async Task Without_a_limit_a_page_has_the_familys_size_and_the_last_one_a_null_cursor()
    {
        Assert.Equal(25, (await probe.All.GetJson("/api/v1/probe/list"))["data"]!.AsArray().Count);
        var all = await probe.All.GetJson("/api/v1/probe/long?limit=1000");
        Assert.Equal(250, all["data"]!.AsArray().Count);
        Assert.True(all.AsObject().TryGetPropertyValue("next_cursor", out JsonNode? next));
        Assert.Null(next);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=", "cursor")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%00%ff", "cursor")]
    public async Task What_is_out_of_bounds_is_refused(string query, string field)
    {
        var (status, answer) = await probe.All.Try(HttpMethod.Get, $"/api/v1/probe/list?{query}");
        Assert.Equal(422, (int)status);
        Assert.Equal(field, answer["error"]!["field_errors"]![0]!["field"]!.ToString());
    }

    [Fact]
    public async Task A_cursor_of_another_list_or_of_other_filters_is_refused()
    {
        var cursor = (await probe.All.GetJson("/api/v1/probe/list?status=open"))["next_cursor"]!.ToString();

        await probe.All.GetJson($"/api/v1/probe/list?limit=3&status=open&cursor={cursor}");
        Assert.Equal(422, (int)(await probe.All.Try(HttpMethod.Get, $"/api/v1/probe/list?cursor={cursor}")).Status);
        Assert.Equal(422, (int)(await probe.All.Try(HttpMethod.Get, $"/api/v1/probe/list?status=closed&cursor={cursor}")).Status);
        Assert.Equal(422, (int)(await probe.All.Try(HttpMethod.Get, $"/api/v1/probe/long?status=open&cursor={cursor}")).Status);
    }
}
