using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Troupe.Tests;

namespace Troupe.Silo.Tests.Outbound;

/// <summary>A whole server, over HTTP only: rows, a spinner with every kind of call to the outside, its records.</summary>
public class OutsideStoryTests
{
    [Fact]
    public async Task A_spinner_calls_a_receiver_a_model_and_a_mail_server()
    {
        var (requests, mails) = (new List<string>(), new List<string>());
        await using var receiver = Receiver(requests);
        await using var postbox = Postbox(mails);
        await using var server = await TestServer.Start(settings: new()
        {
            ["Troupe:Outbound:Allow"] = $"127.0.0.1:{receiver.Port},127.0.0.1:{postbox.Port}",
            ["Troupe:Outbound:Ai:Provider"] = "mock",
            ["Troupe:Outbound:Smtp:Host"] = "127.0.0.1",
            ["Troupe:Outbound:Smtp:Port"] = $"{postbox.Port}",
            ["Troupe:Outbound:Smtp:Tls"] = "None",
            ["Troupe:Outbound:Smtp:From"] = "robot@example.com",
        });
        var client = await server.ClientWith(["tables:write", "tables:read", "spinners:write", "spinners:read", "jobs:read"]);
        var records = await Run(client, receiver.Port);

        Assert.Equal(["Ada", "Bob", "Cyd"], records.Select(r => (string)r["payload"]!["name"]!).Order());
        foreach (var record in records)
        {
            var name = (string)record["payload"]!["name"]!;
            var journey = (await Get(client, $"/api/v1/records/{(string)record["id"]!}"))["data"]!.ToJsonString(Tries.Plain);
            if (name == "Cyd")
            {
                // 410 is not tried again; the record goes on at on_error, to a place that is not on the allow-list.
                Assert.Equal("failed", (string)record["status"]!);
                Assert.Contains("The server answered 410.", journey, StringComparison.Ordinal);
                Assert.Contains("'127.0.0.1' has no public address.", journey, StringComparison.Ordinal);
                continue;
            }

            Assert.Equal(("completed", name == "Ada" ? "hot" : "cold"), ((string)record["status"]!, (string?)record["disposition"]));
            Assert.Equal($"mock: Greet {name}", (string)record["output"]!["greeting"]!);
        }

        Assert.Equal(3, requests.Select(r => r.Split("\r\n").Single(l => l.StartsWith("Idempotency-Key: job_", StringComparison.Ordinal))).Distinct().Count());
        Assert.Equal(["To: <ada@example.org>", "To: <bob@example.org>"], mails.Order());
    }

    [Fact]
    public async Task A_bad_draft_is_answered_with_every_field()
    {
        await using var server = await TestServer.Start();
        var client = await server.ClientWith(["spinners:write"]);
        var (status, answer) = await client.Try(HttpMethod.Post, "/api/v1/spinners", """
            {"name":"x","steps":[{"id":"a","type":"log","message":"{{"},{"id":"b","type":"create","resource":"task","fields":{}},{"id":"c","type":"tag","disposition":"d","colour":1}]}
            """);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "validation_failed"), (status, (string?)answer["error"]!["code"]));
        var fields = answer["error"]!["field_errors"]!.ToJsonString(Tries.Plain);
        Assert.Contains("steps[0].message", fields, StringComparison.Ordinal);
        Assert.Contains("Step 'b': 'create' steps can't be run by this version yet.", fields, StringComparison.Ordinal);
        Assert.Contains("steps[2].colour", fields, StringComparison.Ordinal);
    }

    private static async Task<List<JsonNode>> Run(HttpClient client, int port)
    {
        var table = (string)(await Post(client, "/api/v1/data-tables", """{"name":"Leads"}"""))["data"]!["id"]!;
        var (status, answer) = await client.Try(
            HttpMethod.Post, $"/api/v1/data-tables/{table}/import", "name,email\nAda,ada@example.org\nBob,bob@example.org\nCyd,cyd@example.org\n", "text/csv");
        Assert.True(status == HttpStatusCode.OK, answer.ToJsonString());
        var draft = $$$"""
            {"name":"Reach","table_id":"{{{table}}}","steps":[
              {"id":"score","type":"http","method":"POST","url":"http://127.0.0.1:{{{port}}}/score","body":{"who":"{{name}}"},"retry":{"attempts":2,"backoff_seconds":0},
               "on_error":"other","next":"greet"},
              {"id":"greet","type":"ai","task":"Greet {{name}}","output":"greeting","next":"mail"},
              {"id":"mail","type":"email","to":"{{email}}","subject":"Hello","text":"{{greeting}}","next":"tag"},
              {"id":"tag","type":"tag","disposition":"{{http.body.heat}}"},
              {"id":"other","type":"http","url":"http://127.0.0.1:1/"}]}
            """;
        var spinner = (string)(await Post(client, "/api/v1/spinners", draft))["data"]!["id"]!;
        await Post(client, $"/api/v1/spinners/{spinner}/publish", "");
        var job = (string)(await Post(client, $"/api/v1/spinners/{spinner}/run", "{}"))["data"]!["id"]!;
        for (var tries = 0; tries < 200; tries++)
        {
            var now = await Get(client, $"/api/v1/jobs/{job}");
            if ((string)now["data"]!["status"]! is not ("queued" or "running"))
            {
                Assert.Equal("partial", (string)now["data"]!["status"]!);
                return [.. (await Get(client, $"/api/v1/jobs/{job}/records"))["data"]!.AsArray().Select(r => r!)];
            }

            await Task.Delay(50); // a real server on real time: its end can only be asked for
        }

        throw new TimeoutException("The job did not end within 10 s.");
    }

    private static async Task<JsonNode> Post(HttpClient client, string path, string body)
    {
        var (status, answer) = await client.Try(HttpMethod.Post, path, body);
        Assert.True(status is HttpStatusCode.Created, $"{path}: {status} {answer.ToJsonString()}");
        return answer;
    }

    private static async Task<JsonNode> Get(HttpClient client, string path)
    {
        var (status, answer) = await client.Try(HttpMethod.Get, path);
        Assert.True(status is HttpStatusCode.OK, $"{path}: {status} {answer.ToJsonString()}");
        return answer;
    }

    private static RawServer Receiver(List<string> requests) => new(async (stream, stop) =>
    {
        while (await RawServer.ReadRequest(stream, stop) is { Length: > 0 } request)
        {
            lock (requests)
            {
                requests.Add(request);
            }

            var body = request.Contains("Ada", StringComparison.Ordinal) ? """{"heat":"hot"}""" : """{"heat":"cold"}""";
            var status = request.Contains("Cyd", StringComparison.Ordinal) ? "410 Gone" : "200 OK";
            var head = $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body), stop);
        }
    });

    /// <summary>A mail server that notes the receivers.</summary>
    private static RawServer Postbox(List<string> mails) => new(async (stream, stop) =>
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await stream.WriteAsync("220 hi\r\n"u8.ToArray(), stop);
        var data = false;
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (data && line.StartsWith("To: ", StringComparison.Ordinal))
            {
                lock (mails)
                {
                    mails.Add(line);
                }
            }

            data = data ? line != "." : line == "DATA";
            if (!data || line == "DATA")
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(line == "DATA" ? "354 go\r\n" : "250 ok\r\n"), stop);
            }
        }
    });
}
