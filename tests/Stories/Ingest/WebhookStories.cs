using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Troupe.Silo.Storage.Sqlite;
using Troupe.Tests.Tables;

namespace Troupe.Tests.Ingest;

public class WebhookStories(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Gone = "No such ingest webhook: the token is unknown, was rotated, or the webhook was disabled.";
    private const string Unknown = $$"""{"error":"{{Gone}}","message":"{{Gone}}","errorCode":"INGEST_WEBHOOK_NOT_FOUND"}""";

    [Fact]
    public async Task The_address_of_a_webhook_is_all_a_caller_needs()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("name", "phone");
        Assert.False((await desk.Table(table))["ingest_webhook"]!["enabled"]!.GetValue<bool>());
        var made = (await desk.Http.PostJson($"/api/v1/data-tables/{table}/ingest-webhook"))["data"]!;
        var (token, url) = (made["token"]!.GetValue<string>(), made["url"]!.GetValue<string>());
        Assert.Equal($"{shared.Server.Address}api/v1/public/data-tables/ingest/{token}", url);
        Assert.True((await desk.Table(table))["ingest_webhook"]!["enabled"]!.GetValue<bool>());
        Assert.DoesNotContain(token, (await desk.Table(table)).ToJsonString(), StringComparison.Ordinal);

        using var crm = shared.Server.Client();
        Assert.Equal("""{"ok":true,"inserted":1}""", (await Desk.Send(crm, url, """{"records":[{"phone":"1","name":"Ada"}]}""", "k")).Answer.ToJsonString());
        Assert.Equal("""{"ok":true,"inserted":1}""", (await Desk.Send(crm, url, """{"records":[{"phone":"1","name":"Ada"}]}""", "k")).Answer.ToJsonString());
        Assert.Equal("IDEMPOTENCY_CONFLICT", (string?)(await Desk.Send(crm, url, """{"records":[{"phone":"2","name":"Ada"}]}""", "k")).Answer["errorCode"]);
        Assert.Equal("SCHEMA_MISMATCH", (string?)(await Desk.Send(crm, url, """{"records":[{"phone":"1"}]}""", null)).Answer["errorCode"]);
        Assert.Equal("INVALID_BODY",
            (string?)(await Desk.Send(crm, url, $$"""{"dataTableId":"{{table}}","records":[{"phone":"1","name":"Ada"}]}""", null)).Answer["errorCode"]);
        Assert.Equal("BATCH_SIZE", (string?)(await Desk.Send(crm, url, """{"records":[]}""", null)).Answer["errorCode"]);
        Assert.Equal(["""{"name":"Ada","phone":"1"}"""], await desk.Rows(table));
    }

    [Fact]
    public async Task Rotating_ends_the_old_token_at_once_and_the_new_one_works_at_once()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        using var crm = shared.Server.Client();
        var old = await Rotate(desk, table);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await Desk.Send(crm, old, """{"records":[{"a":1}]}""", null)).Status);
            var next = await Rotate(desk, table);
            var (status, answer) = await Desk.Send(crm, old, """{"records":[{"a":1}]}""", null);
            Assert.Equal((HttpStatusCode.NotFound, Unknown), (status, Desk.Plain(answer)));
            old = next;
        }

        Assert.Equal(20, (await desk.Table(table))["row_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_disabled_deleted_or_foreign_token_is_404_whatever_the_body()
    {
        var desk = await Desk.Open(shared.Server);
        using var crm = shared.Server.Client();
        var (disabled, deleted) = (await desk.Make("a"), await desk.Make("a"));
        string[] urls = [await Rotate(desk, disabled), await Rotate(desk, deleted), "/api/v1/public/data-tables/ingest/x",
            $"/api/v1/public/data-tables/ingest/{new string('A', 75)}"];
        Assert.Equal(HttpStatusCode.OK, (await desk.Http.DeleteAsync(new Uri($"/api/v1/data-tables/{disabled}/ingest-webhook", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await desk.Http.DeleteAsync(new Uri($"/api/v1/data-tables/{deleted}", UriKind.Relative))).StatusCode);

        foreach (var url in urls)
        {
            foreach (var body in new[] { """{"records":[{"a":1}]}""", """{"records":[{"b":1}]}""", "no JSON" })
            {
                var (status, answer) = await Desk.Send(crm, url, body, null);
                Assert.Equal((HttpStatusCode.NotFound, Unknown), (status, Desk.Plain(answer)));
            }
        }
    }

    [Fact]
    public async Task A_token_has_the_rate_limit_of_the_plan()
    {
        var desk = await Desk.Open(shared.Server, "trial");
        var table = await desk.Make("a");
        var url = await Rotate(desk, table);
        using var crm = shared.Server.Client();

        HttpResponseMessage? limited = null;
        for (var i = 0; i < 100 && limited is null; i++)
        {
            using var content = new StringContent("""{"records":[{"a":1}]}""", null, "application/json");
            var answer = await crm.PostAsync(new Uri(url), content);
            Assert.Equal("\"requests\";q=10;w=1", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
            limited = answer.StatusCode == HttpStatusCode.TooManyRequests ? answer : null;
        }

        Assert.NotNull(limited);
        Assert.Equal(TimeSpan.FromSeconds(1), limited.Headers.RetryAfter?.Delta);
        Assert.Equal("RATE_LIMITED", (string?)JsonNode.Parse(await limited.Content.ReadAsStringAsync())!["errorCode"]);
        limited.Dispose();
    }

    [Fact]
    public async Task The_address_uses_the_public_url_when_there_is_one()
    {
        await using var server = await TestServer.Start(settings: new() { ["Troupe:PublicUrl"] = "https://api.example.com/" });
        var desk = await Desk.Open(server);
        var table = await desk.Make("a");

        Assert.StartsWith("https://api.example.com/api/v1/public/data-tables/ingest/", await Rotate(desk, table), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_is_503_and_the_log_does_not_show_the_token()
    {
        var log = new KeptLog();
        await using var server = await TestServer.Start(replace: services => services.AddSingleton<ILoggerProvider>(log));
        var desk = await Desk.Open(server);
        var table = await desk.Make("a");
        var url = await Rotate(desk, table);
        using var crm = server.Client();
        Assert.Equal(HttpStatusCode.OK, (await Desk.Send(crm, url, """{"records":[{"a":1}]}""", null)).Status);

        await server.Service<Database>().DisposeAsync();
        foreach (var key in new[] { null, "k" })
        {
            var (status, answer) = await Desk.Send(crm, url, """{"records":[{"a":1}]}""", key);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "STORE_UNAVAILABLE"), (status, (string?)answer["errorCode"]));
        }

        Assert.Contains(log.Lines, line => line.Contains("ingest/{token}", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains(url[^75..], StringComparison.Ordinal));
    }

    private static async Task<string> Rotate(Desk desk, string table) =>
        (await desk.Http.PostJson($"/api/v1/data-tables/{table}/ingest-webhook"))["data"]!["url"]!.GetValue<string>();
}
