using System.Net;

namespace Troupe.Tests.Tables;

public class RowStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Rows_are_listed_in_order_of_arrival_a_page_after_the_other()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("n");
        for (var batch = 0; batch < 5; batch++)
        {
            await desk.Push(table, $"[{string.Join(',', Enumerable.Range(batch * 7, 7).Select(n => $$"""{"n":{{n}}}"""))}]");
        }

        var (seen, cursor) = (new List<int>(), "");
        var sizes = new List<int>();
        do
        {
            var page = await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?limit=10{cursor}");
            var rows = page["data"]!.AsArray();
            sizes.Add(rows.Count);
            Assert.All(rows, row => Assert.Equal((int)row!["seq"]! - 1, (int)row["values"]!["n"]!));
            Assert.All(rows, row => Assert.StartsWith("row_", (string?)row!["id"], StringComparison.Ordinal));
            Assert.All(rows, row => Assert.True(DateTimeOffset.TryParse((string?)row!["created_at"], out _)));
            seen.AddRange(rows.Select(row => (int)row!["values"]!["n"]!));
            cursor = page["next_cursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);

        Assert.Equal([10, 10, 10, 5], sizes);
        Assert.Equal(Enumerable.Range(0, 35), seen);
        Assert.Equal(35, (await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows"))["data"]!.AsArray().Count); // 50 when unsaid
    }

    [Fact]
    public async Task Filters_find_equal_values()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("city", "n");
        await desk.Push(table, """[{"city":"Köln","n":1},{"city":"K\u00f6ln","n":"1"},{"city":"Bonn","n":1.0}]""");
        await desk.Push(table, """[{"city":"","n":true},{"city":null,"n":12345678901234567890},{"city":"say \"hi\"","n":null}]""");

        async Task<string> Seqs(string query) =>
            string.Join(' ', (await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?{query}"))["data"]!.AsArray().Select(row => (int)row!["seq"]!));
        Assert.Equal("1 2", await Seqs("filter[city]=K%C3%B6ln"));
        Assert.Equal("1 2 3", await Seqs("filter[n]=1"));
        Assert.Equal("1 3", await Seqs("filter[n]=1.00"));
        const string both = "filter[city]=K%C3%B6ln&filter[n]=1&limit=1";
        Assert.Equal("2", await Seqs($"{both}&cursor={(await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?{both}"))["next_cursor"]}"));
        Assert.Equal("4 5", await Seqs("filter[city]="));
        Assert.Equal("4", await Seqs("filter[n]=true"));
        Assert.Equal("5", await Seqs("filter[n]=12345678901234567890"));
        Assert.Equal("6", await Seqs("filter[city]=say%20%22hi%22"));
        Assert.Equal("", await Seqs("filter[city]=bonn"));
    }

    [Fact]
    public async Task A_filter_that_finds_little_goes_on_behind_a_cursor()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make();
        await desk.Csv(table, "import", "n\n" + string.Concat(Enumerable.Range(1, Limits.RowsLookedAt + 500).Select(n => $"{n}\n")));

        var page = await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?filter[n]={Limits.RowsLookedAt + 7}");
        Assert.Empty(page["data"]!.AsArray());
        page = await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?filter[n]={Limits.RowsLookedAt + 7}&cursor={page["next_cursor"]}");
        Assert.Equal(Limits.RowsLookedAt + 7, (int)Assert.Single(page["data"]!.AsArray())!["seq"]!);
        Assert.Null(page["next_cursor"]);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=OLD&limit=2&filter[a]=1", "cursor")]
    [InlineData("filter[b]=1", "filter[b]")]
    [InlineData("filter[a=1", "filter[a")]
    [InlineData("filter[a]=1&filter[a]=2", "filter[a]")]
    public async Task A_bad_query_is_refused(string query, string field)
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        await desk.Push(table, """[{"a":1},{"a":1},{"a":1}]""");
        var cursor = (string)(await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?limit=2"))["next_cursor"]!;

        var (status, answer) = await desk.Http.Try(
            HttpMethod.Get, $"/api/v1/data-tables/{table}/rows?{query.Replace("OLD", cursor, StringComparison.Ordinal)}");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "validation_failed", field),
            (status, (string?)answer["error"]!["code"], (string?)answer["error"]!["field_errors"]![0]!["field"]));
    }

    [Fact]
    public async Task A_cursor_does_not_outlive_the_rows_it_was_given_for_nor_go_to_another_table()
    {
        var desk = await Desk.Open(shared.Server);
        var (table, other) = (await desk.Make("a"), await desk.Make("a"));
        await desk.Push(table, """[{"a":1},{"a":2},{"a":3}]""");
        await desk.Push(other, """[{"a":1},{"a":2},{"a":3}]""");
        var cursor = (string)(await desk.Http.GetJson($"/api/v1/data-tables/{table}/rows?limit=2"))["next_cursor"]!;

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Http.Try(HttpMethod.Get, $"/api/v1/data-tables/{other}/rows?cursor={cursor}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await desk.Http.Try(HttpMethod.Get, $"/api/v1/data-tables/{table}/rows?cursor={cursor}")).Status);
        await desk.Csv(table, "import?replace=true", "a\n1\n2\n3\n");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Http.Try(HttpMethod.Get, $"/api/v1/data-tables/{table}/rows?cursor={cursor}")).Status);
    }
}
