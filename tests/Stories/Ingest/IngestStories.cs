using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Troupe.Tests.Tables;

namespace Troupe.Tests.Ingest;

public class IngestStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Path = "/api/v1/public/ingest";

    [Fact]
    public async Task Rows_pushed_with_a_key_are_there_when_they_are_acknowledged()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("name", "phone", "account_id");

        var (status, answer) = await desk.Push(
            table, """[{"name":"Ada Lovelace","phone":"+15551234567","account_id":"A-100"},{"account_id":null,"phone":7,"name":"Bo"}]""");

        Assert.Equal((HttpStatusCode.OK, """{"ok":true,"inserted":2}"""), (status, answer.ToJsonString()));
        Assert.Equal(2, (await desk.Table(table))["row_count"]!.GetValue<int>());
        Assert.Equal(
            ["""{"name":"Ada Lovelace","phone":"+15551234567","account_id":"A-100"}""", """{"name":"Bo","phone":7,"account_id":null}"""],
            (await desk.Rows(table)).Select(row => row.Replace("\\u002B", "+", StringComparison.Ordinal)));
        Assert.Contains(await shared.Server.Events(desk.Workspace), e => e.Event.Type == "table.rows_ingested" && e.Event.Subject == table);
    }

    [Fact]
    [Trait("Clock", "fake")]
    public async Task A_bad_or_revoked_key_is_401_Invalid_API_key()
    {
        const string refused = """{"error":"Invalid API key","message":"Invalid API key","errorCode":"INVALID_API_KEY"}""";
        var clock = new FakeClock();
        await using var server = await TestServer.Start(clock);
        var workspace = await server.MakeWorkspace();
        var made = await server.Admin.PostJson($"/admin/workspaces/{workspace}/keys", new JsonObject { ["name"] = "k", ["scopes"] = new JsonArray("ingest") });
        using var key = server.Client(made["data"]!["key"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await key.Try(HttpMethod.Post, Path, Body(Guid.NewGuid().ToString(), "[{}]"))).Status);

        await server.Admin.DeleteAsync(new Uri($"/admin/workspaces/{workspace}/keys/{made["data"]!["id"]}", UriKind.Relative));
        clock.Advance(Limits.GrantAge); // a revoked key dies within a second
        using var other = server.Client("trp_wrong");
        using var none = server.Client();
        foreach (var client in new[] { key, other, none })
        {
            var (status, answer) = await client.Try(HttpMethod.Post, Path, Body(Guid.NewGuid().ToString(), "[{}]"));
            Assert.Equal((HttpStatusCode.Unauthorized, refused), (status, Desk.Plain(answer)));
        }
    }

    [Fact]
    public async Task A_key_without_the_scope_is_403_missing_scope()
    {
        using var client = await shared.Server.ClientWith(["trigger", "tables:write"]);

        var (status, answer) = await client.Try(HttpMethod.Post, Path, "not even JSON");

        const string message = "This API key has a missing scope: ingest. Create a key that has it.";
        Assert.Equal(
            (HttpStatusCode.Forbidden, $$"""{"error":"{{message}}","message":"{{message}}","errorCode":"MISSING_SCOPE","requiredScope":"ingest"}"""),
            (status, Desk.Plain(answer)));
    }

    [Fact]
    public async Task Other_columns_are_SCHEMA_MISMATCH_with_both_lists_and_nothing_is_kept()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("name", "phone");

        var (status, answer) = await desk.Push(table, """[{"name":"Ada","phone":"1"},{"full_name":"Bo","phone":"2"}]""");

        const string message = "Record 1 does not have the columns of the table.";
        Assert.Equal(
            (HttpStatusCode.BadRequest,
                $$"""{"error":"{{message}}","message":"{{message}}","errorCode":"SCHEMA_MISMATCH","""
                + """ "expected":["name","phone"],"received":["full_name","phone"],"index":1}""".TrimStart()),
            (status, Desk.Plain(answer)));
        Assert.Equal(0, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_unknown_deleted_or_foreign_table_is_404()
    {
        var (desk, stranger) = (await Desk.Open(shared.Server), await Desk.Open(shared.Server));
        var (foreign, deleted) = (await stranger.Make("a"), await desk.Make("a"));
        await desk.Http.DeleteAsync(new Uri($"/api/v1/data-tables/{deleted}", UriKind.Relative));

        const string message = "No such data table in this workspace.";
        foreach (var table in new[] { foreign, deleted, "00000000-0000-0000-0000-000000000000" })
        {
            var (status, answer) = await desk.Push(table, """[{"a":1}]""");
            Assert.Equal(
                (HttpStatusCode.NotFound, $$"""{"error":"{{message}}","message":"{{message}}","errorCode":"RESOURCE_NOT_FOUND"}"""),
                (status, Desk.Plain(answer)));
        }

        Assert.Equal(0, (await stranger.Table(foreign))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_table_without_columns_is_TABLE_HAS_NO_SCHEMA()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make();

        var (status, answer) = await desk.Push(table, """[{"a":1}]""");

        Assert.Equal((HttpStatusCode.BadRequest, "TABLE_HAS_NO_SCHEMA"), (status, Code(answer)));
        await desk.Csv(table, "import", "a\n1\n");
        Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"a":1}]""")).Status);
    }

    [Fact]
    public async Task Between_1_and_500_records_come_in_one_request()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        static string Records(int count) => $"[{string.Join(',', Enumerable.Repeat("""{"a":1}""", count))}]";

        Assert.Equal((HttpStatusCode.BadRequest, "BATCH_SIZE"), Short(await desk.Push(table, Records(0))));
        Assert.Equal((HttpStatusCode.BadRequest, "BATCH_SIZE"), Short(await desk.Push(table, Records(501))));
        Assert.Equal("""{"ok":true,"inserted":500}""", (await desk.Push(table, Records(500))).Answer.ToJsonString());
        Assert.Equal(500, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""[{"a":{"b":1},"n":1}]""", "INVALID_RECORD", "a")]
    [InlineData("""[{"a":[1],"n":1}]""", "INVALID_RECORD", "a")]
    [InlineData("""[{"a":1,"n":1.5}]""", "INVALID_RECORD", "n")]
    [InlineData("""[{"a":1,"n":"1"}]""", "INVALID_RECORD", "n")]
    [InlineData("""[{"a":1,"n":123456789012345678901234567890}]""", "INVALID_RECORD", "n")]
    [InlineData("""[{"a":1e99999,"n":1}]""", "INVALID_RECORD", "a")]
    [InlineData("""[{"a":1,"a":2,"n":1}]""", "INVALID_RECORD", "a")]
    [InlineData("""[{"a":"\ud800","n":1}]""", "INVALID_RECORD", "a")]
    [InlineData("""[7]""", "INVALID_RECORD", null)]
    [InlineData("""[{"a":1,"n":1},]""", "MALFORMED_JSON", null)]
    [InlineData("""[{"a":1,"n":1}""", "MALFORMED_JSON", null)]
    [InlineData("""{"a":1,"n":1}""", "BATCH_SIZE", null)]
    [InlineData("""[{"a":1,"n":1}],"upsert":true""", "INVALID_BODY", null)]
    public async Task Bad_records_are_400_and_keep_nothing(string records, string code, string? column)
    {
        var desk = await Desk.Open(shared.Server);
        var draft = Desk.Draft("a", "n");
        draft["columns"]![1]!["type"] = "int";
        var table = (await desk.Http.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();

        var (status, answer) = await desk.Push(table, records);

        Assert.Equal((HttpStatusCode.BadRequest, code, column), (status, Code(answer), answer["column"]?.GetValue<string>()));
        Assert.Equal(code == "INVALID_RECORD" ? 0 : null, answer["index"]?.GetValue<int>());
        Assert.Equal(0, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Bodies_that_cannot_be_read_are_refused()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        var bomb = new string('[', 1_000_000);

        Assert.Equal((HttpStatusCode.BadRequest, "MALFORMED_JSON"), Short(await desk.Http.Try(HttpMethod.Post, Path, "")));
        Assert.Equal((HttpStatusCode.BadRequest, "MALFORMED_JSON"), Short(await desk.Http.Try(HttpMethod.Post, Path, "{")));
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_BODY"), Short(await desk.Http.Try(HttpMethod.Post, Path, "[]")));
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_BODY"), Short(await desk.Http.Try(HttpMethod.Post, Path, """{"records":[{"a":1}]}""")));
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_BODY"),
            Short(await desk.Http.Try(HttpMethod.Post, Path, """{"dataTableId":"7","records":[{"a":1}]}""")));
        Assert.Equal((HttpStatusCode.BadRequest, "MALFORMED_JSON"), Short(await desk.Http.Try(HttpMethod.Post, Path, $$"""{"records":{{bomb}}""")));
        Assert.Equal((HttpStatusCode.BadRequest, "MALFORMED_JSON"),
            Short(await desk.Http.Try(HttpMethod.Post, Path, $$"""{"dataTableId":"{{table}}","records":[{"b":{{bomb}}""")));
        byte[] broken = [.. Encoding.UTF8.GetBytes($$"""{"dataTableId":"{{table}}","records":[{"a":"x"""), 0xC3, .. "\"}]}"u8];
        Assert.Equal((HttpStatusCode.BadRequest, "MALFORMED_JSON"), Short(await desk.Http.Try(HttpMethod.Post, Path, broken)));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE"), Short(await desk.Http.Try(HttpMethod.Post, Path, "a,b", "text/csv")));
        Assert.Equal(0, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Ten_mebibytes_are_taken_and_a_byte_more_is_413()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        string Sized(int bytes)
        {
            var frame = Body(table, """[{"a":""}]""");
            return Body(table, $$"""[{"a":"{{new string('x', bytes - frame.Length)}}"}]""");
        }

        var (status, answer) = await desk.Http.Try(HttpMethod.Post, Path, Sized(Limits.BodyBytes + 1));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "BODY_TOO_LARGE"), (status, Code(answer)));
        using var chunked = new HttpRequestMessage(HttpMethod.Post, Path);
        chunked.Content = new StringContent(Sized(Limits.BodyBytes + 1), null, "application/json");
        chunked.Headers.TransferEncodingChunked = true;
        using var refused = await desk.Http.SendAsync(chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await desk.Http.Try(HttpMethod.Post, Path, Sized(Limits.BodyBytes))).Status);
        Assert.Equal(1, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_repeated_key_answers_as_the_first_time_even_after_the_columns_changed()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");

        Assert.Equal("""{"ok":true,"inserted":2}""", (await desk.Push(table, """[{"a":1},{"a":2}]""", "first")).Answer.ToJsonString());
        Assert.Equal("""{"ok":true,"inserted":2}""", (await desk.Push(table, """[{"a":1},{"a":2}]""", "first")).Answer.ToJsonString());
        var (status, answer) = await desk.Push(table, """[{"a":1},{"a":3}]""", "first");
        const string message = "This Idempotency-Key was used with another body; use a new key for new rows.";
        Assert.Equal(
            (HttpStatusCode.Conflict, $$"""{"error":"{{message}}","message":"{{message}}","errorCode":"IDEMPOTENCY_CONFLICT","idempotencyKey":"first"}"""),
            (status, Desk.Plain(answer)));
        Assert.Equal(2, (await desk.Table(table))["row_count"]!.GetValue<int>());

        await desk.Csv(table, "import?replace=true", "b\n1\n");
        Assert.Equal("""{"ok":true,"inserted":2}""", (await desk.Push(table, """[{"a":1},{"a":2}]""", "first")).Answer.ToJsonString());
        Assert.Equal("SCHEMA_MISMATCH", Code((await desk.Push(table, """[{"a":1},{"a":2}]""", "second")).Answer));
        Assert.Equal(1, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ключ")]
    [InlineData(null)]
    public async Task An_idempotency_key_is_printable_ascii(string? key)
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(handler) { BaseAddress = shared.Server.Address };
        client.DefaultRequestHeaders.Authorization = desk.Http.DefaultRequestHeaders.Authorization;

        var (status, answer) = await Desk.Send(client, Path, Body(table, """[{"a":1}]"""), key ?? new string('k', Limits.IdempotencyKeyLength + 1));

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED", "Idempotency-Key"),
            (status, Code(answer), answer["fieldErrors"]![0]!["field"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Columns_that_changed_since_the_last_request_are_noticed()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"a":1}]""")).Status);

        // The same names with another type, then other names: what the front end remembers is wrong both times.
        await desk.Csv(table, "import?replace=true", "a,b\n1,2\n");
        Assert.Equal("SCHEMA_MISMATCH", Code((await desk.Push(table, """[{"a":1}]""")).Answer));
        Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"b":1,"a":1}]""")).Status);
        await desk.Csv(table, "import?replace=true", "b,c\n1,2\n");
        Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"b":"x","c":"y"}]""")).Status);
        Assert.Equal(["""{"b":"1","c":"2"}""", """{"b":"x","c":"y"}"""], await desk.Rows(table));
    }

    [Fact]
    public async Task A_key_over_its_rate_is_429_with_headers()
    {
        var desk = await Desk.Open(shared.Server, "trial");
        var table = await desk.Make("a");

        HttpResponseMessage? limited = null;
        for (var i = 0; i < 100 && limited is null; i++)
        {
            using var content = new StringContent(Body(table, """[{"a":1}]"""), null, "application/json");
            var answer = await desk.Http.PostAsync(new Uri(Path, UriKind.Relative), content);
            Assert.Equal("\"requests\";q=10;w=1", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
            limited = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer : null;
        }

        Assert.NotNull(limited);
        Assert.Equal(TimeSpan.FromSeconds(1), limited.Headers.RetryAfter?.Delta);
        Assert.Equal("RATE_LIMITED", Code(JsonNode.Parse(await limited.Content.ReadAsStringAsync())!));
        limited.Dispose();
    }

    private static string Body(string table, string records) => $$"""{"dataTableId":"{{table}}","records":{{records}}}""";

    private static string? Code(JsonNode answer) => answer["errorCode"]?.GetValue<string>();

    private static (HttpStatusCode Status, string? Code) Short((HttpStatusCode Status, JsonNode Answer) tried) => (tried.Status, Code(tried.Answer));
}
