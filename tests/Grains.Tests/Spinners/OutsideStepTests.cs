using System.Text;

namespace Troupe.Spinners.Tests;

public class OutsideStepTests
{
    private const string Post = """
        [{'id':'score','type':'http','method':'POST','url':'https://api.example.com/{{name}}?q={{payload.q}}','headers':{'X-Name':'{{name}}'},
          'body':{'id':'{{payload.id}}','all':['{{payload.gone}}']},'output':'score','timeout_seconds':7,'retry':{'attempts':3,'backoff_seconds':2},'next':'t'},
         {'id':'t','type':'tag','disposition':'{{score.body.value}}'}]
        """;

    private static readonly (string, string)[] Row = [("name", "\"Ada\""), ("q", "\"a b&c/é\""), ("id", "17")];

    [Fact]
    public async Task An_http_step_sends_what_its_templates_say_and_keeps_the_answer()
    {
        var ports = new ScriptedPorts().Answer(201, """{"value": "hot"}""");
        var ran = await Rig.Run(Post, Row, ports);
        var call = ports.HttpCalls.Single();
        Assert.Equal(("ws", "POST", "https://api.example.com/Ada?q=a%20b%26c%2F%C3%A9", "application/json", "job_1/rec_1_7/score", TimeSpan.FromSeconds(7)),
            (call.Workspace, call.Method, call.Url, call.ContentType, call.IdempotencyKey, call.Timeout));
        Assert.Equal([new("X-Name", "Ada")], call.Headers);
        Assert.Equal("""{"id":17,"all":["‹payload.gone›"]}""", Encoding.UTF8.GetString(call.Body!.Value.Span));
        Assert.Equal((RecordStatus.Completed, "hot"), (ran.Result.Status, ran.Result.Disposition));
        Assert.Equal("""{"status":201,"body":{"value": "hot"}}""", ran.Output.GetProperty("score").GetRawText());
        Assert.Equal("score http http_completed 1: 201 in 0 ms", ran.Journey[0]);
    }

    [Theory]
    [InlineData("text/plain", "a\"b", "\"a\\\"b\"")]
    [InlineData("application/json", "{nope", "\"{nope\"")]
    [InlineData("application/problem+json; charset=utf-8", "[1]", "[1]")]
    [InlineData(null, "{}", "\"{}\"")]
    [InlineData("application/json", "", "null")]
    public async Task A_body_is_json_when_it_says_so_and_is(string? type, string body, string kept)
    {
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x'}]", Row, new ScriptedPorts().Answer(200, body, type));
        Assert.Equal($"{{\"status\":200,\"body\":{kept}}}", ran.Output.GetProperty("http").GetRawText());
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_kept_as_replacement_characters()
    {
        var answer = new StepAnswer { Status = 200, ContentType = "application/json", Body = new byte[] { (byte)'"', 0xff, (byte)'"' } };
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x'}]", Row, new ScriptedPorts().Answer(answer));
        Assert.Equal("\"\uFFFD\"", ran.Output.GetProperty("http").GetProperty("body").GetString());
    }

    [Theory]
    [InlineData("text/plain", "n={{name}} {{q}}", "n=Ada a b&c/é")]
    [InlineData("application/x-www-form-urlencoded", "n={{name}}&q={{q}}", "n=Ada&q=a%20b%26c%2F%C3%A9")]
    [InlineData("application/vnd.x+json", "{{payload.id}}", "17")]
    public async Task A_text_body_follows_its_content_type(string type, string body, string sent)
    {
        var ports = new ScriptedPorts().Answer(200);
        await Rig.Run($"[{{'id':'h','type':'http','method':'POST','url':'http://x','headers':{{'content-type':'{type}'}},'body':'{body}'}}]", Row, ports);
        Assert.Equal((type, sent), (ports.HttpCalls[0].ContentType, Encoding.UTF8.GetString(ports.HttpCalls[0].Body!.Value.Span)));
        Assert.Empty(ports.HttpCalls[0].Headers);
    }

    [Theory]
    [InlineData("\"a\\r\\nX-Evil: 1\"")]
    [InlineData("\"é\"")]
    public async Task A_header_can_not_be_broken_out_of(string name)
    {
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x','headers':{'X-Name':'{{name}}'}}]", [("name", name)]);
        Assert.Equal("Header 'X-Name' came out too long or with characters that a header can't have.", ran.Error);
    }

    [Fact]
    public async Task What_may_change_is_tried_again_with_growing_delays()
    {
        var ports = new ScriptedPorts().Answer(503).Answer(StepAnswer.Failed("connect_failed", "No connection.", retryable: true))
            .Answer(200, """{"value":"late"}""");
        var run = Rig.Run(Post, Row, ports);
        var delays = new List<double>();
        while (!run.IsCompleted)
        {
            var before = ports.HttpCalls.Count;
            for (var tenths = 1; ports.HttpCalls.Count == before && !run.IsCompleted; tenths++)
            {
                Assert.True(tenths < 100, "The retry never came.");
                ports.Time.Advance(TimeSpan.FromSeconds(0.1));
                delays = ports.HttpCalls.Count > before ? [.. delays, tenths / 10.0] : delays;
            }
        }

        var ran = await run;
        Assert.Equal("late", ran.Result.Disposition);
        Assert.InRange(delays[0], 1, 2.1);
        Assert.InRange(delays[1], 2, 4.1);
        Assert.Matches("^score http retried 1: The server answered 503. Next attempt in [12].[0-9] s.$", ran.Journey[0]);
        Assert.Matches("^score http retried 2: No connection. Next attempt in [234].[0-9] s.$", ran.Journey[1]);
        Assert.Equal("score http http_completed 3: 200 in 0 ms", ran.Journey[2]);
        Assert.Single(ports.HttpCalls.Select(c => c.IdempotencyKey).Distinct());
    }

    [Theory]
    [InlineData(400, 1)]
    [InlineData(404, 1)]
    [InlineData(302, 1)]
    [InlineData(408, 2)]
    [InlineData(429, 2)]
    [InlineData(500, 2)]
    [InlineData(599, 2)]
    public async Task A_status_that_will_not_change_fails_at_once(int status, int attempts)
    {
        var ports = new ScriptedPorts().Answer(status, "\"no\"").Answer(status, "\"still no\"");
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x','retry':{'attempts':2,'backoff_seconds':0}}]", Row, ports);
        Assert.Equal((RecordStatus.Failed, $"The server answered {status}."), (ran.Result.Status, ran.Error));
        Assert.Equal(attempts, ports.HttpCalls.Count);
        Assert.Equal($"h http failed {attempts}: The server answered {status}.", ran.Journey[^1]);
        Assert.Equal(status, ran.Output.GetProperty("http").GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData("address_refused", false, 1)]
    [InlineData("timed_out", true, 2)]
    public async Task A_failure_without_an_answer_says_whether_to_try_again(string code, bool retryable, int attempts)
    {
        var ports = new ScriptedPorts().Answer(StepAnswer.Failed(code, "Why.", retryable)).Answer(StepAnswer.Failed(code, "Why.", retryable));
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x','retry':{'attempts':2,'backoff_seconds':0}}]", Row, ports);
        Assert.Equal((RecordStatus.Failed, "Why.", attempts), (ran.Result.Status, ran.Error, ports.HttpCalls.Count));
        Assert.Equal($$"""{"error":"{{code}}","message":"Why."}""", ran.Output.GetProperty("http").GetRawText());
    }

    [Fact]
    public async Task Accepted_statuses_are_success_and_on_error_goes_on_elsewhere()
    {
        const string Steps =
            "[{'id':'h','type':'http','url':'http://x','accept':[404],'on_error':'e','next':'ok'},{'id':'ok','type':'tag','disposition':'ok'},{'id':'e','type':'tag','disposition':'error {{http.status}}'}]";
        Assert.Equal("ok", (await Rig.Run(Steps, Row, new ScriptedPorts().Answer(404))).Result.Disposition);
        var failed = await Rig.Run(Steps, Row, new ScriptedPorts().Answer(410));
        Assert.Equal((RecordStatus.Completed, "error 410"), (failed.Result.Status, failed.Result.Disposition));
        Assert.Null(failed.Error);
    }

    [Fact]
    public async Task A_long_retry_after_becomes_a_durable_wait_that_counts_attempts_on()
    {
        var ports = new ScriptedPorts().Answer(429, retryAfter: TimeSpan.FromSeconds(90)).Answer(429).Answer(200, """{"value":"ok"}""");
        var pipeline =
            Pipeline.Compile(Rig.Define(Post.Replace("'backoff_seconds':2", "'backoff_seconds':0", StringComparison.Ordinal)), ["name", "q", "id"], []);
        var first = new Ran(await pipeline.Run(Rig.Record(Row), ports, default));
        Assert.Equal((RecordStatus.Waiting, Rig.Noon.AddSeconds(90)), (first.Result.Status, first.Result.WaitUntil));
        Assert.Equal(("score", 2), (first.Body.GetProperty("next").GetString(), first.Body.GetProperty("attempt").GetInt32()));

        ports.Time.Advance(TimeSpan.FromSeconds(90));
        var second = new Ran(await pipeline.Run(Rig.Record() with { Resume = first.Result.Body }, ports, default));
        Assert.Equal(
            ["score http retried 1: The server answered 429. Next attempt in 90.0 s.", "score http retried 2: The server answered 429. Next attempt in 0.0 s.",
                "score http http_completed 3: 200 in 0 ms", "t tag tagged 1: ok"],
            second.Journey);
    }

    [Fact]
    public async Task A_port_that_throws_fails_the_step_and_only_the_callers_cancellation_passes()
    {
        const string Steps = "[{'id':'h','type':'http','url':'http://x','retry':{'attempts':1}}]";
        var ran = await Rig.Run(Steps, Row, new ScriptedPorts().Answer(_ => throw new InvalidOperationException("secret")));
        Assert.Equal("The call could not be made (InvalidOperationException).", ran.Error);
        Assert.DoesNotContain("secret", Encoding.UTF8.GetString(ran.Result.Body.Span), StringComparison.Ordinal);
        ran = await Rig.Run(Steps, Row, new ScriptedPorts().Answer(_ => throw new OperationCanceledException()));
        Assert.Equal(RecordStatus.Failed, ran.Result.Status);

        using var stop = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        var ports = new ScriptedPorts().Answer(async cancel =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return new();
        });
        var run = Pipeline.Compile(Rig.Define(Steps), ["name"], []).Run(Rig.Record(("name", "1")), ports, stop.Token).AsTask();
        await asked.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task An_answer_too_large_to_keep_fails_the_step()
    {
        var ports = new ScriptedPorts().Answer(200, new string('x', Limits.RecordOutputBytes), "text/plain");
        var ran = await Rig.Run("[{'id':'h','type':'http','url':'http://x','on_error':'s'},{'id':'s','type':'set','fields':{'ok':true}}]", Row, ports);
        Assert.Equal(RecordStatus.Completed, ran.Result.Status);
        Assert.Equal("h http failed 1: The answer would make the record's output larger than 262144 bytes.", ran.Journey[0]);
        Assert.Equal("""{"ok":true}""", ran.Output.GetRawText());
    }

    [Fact]
    public async Task An_email_is_rendered_on_one_line_of_subject()
    {
        var ports = new ScriptedPorts().Answer(200);
        var ran = await Rig.Run("[{'id':'e','type':'email','to':' {{name}}@x.org','subject':'Hi {{s}}','text':'{{s}}','reply_to':'r@x.org'}]",
            [("name", "\"ada\""), ("s", "\"a\\r\\nBcc: b\"")], ports);
        Assert.Equal(new("ws", "ada@x.org", "Hi a Bcc: b", "a\r\nBcc: b", "r@x.org", "job_1/rec_1_7/e", TimeSpan.FromSeconds(20)), ports.Emails.Single());
        Assert.Equal("e email email_sent 1: Taken by the mail server in 0 ms", ran.Journey.Single());
    }

    [Theory]
    [InlineData("'mode':'text'", " Hello ", "\"Hello\"")]
    [InlineData("'mode':'classification','labels':['Hot','Cold']", "\"hot\".", "\"Hot\"")]
    [InlineData("'mode':'classification','labels':['Hot','Cold']", "warm", null)]
    [InlineData("'mode':'fields','fields':['a','b']", "```json\n{\"b\":2,\"a\":\"x\",\"c\":0}\n```", "{\"a\":\"x\",\"b\":2}")]
    [InlineData("'mode':'fields','fields':['a','b']", "{\"a\":1}", null)]
    [InlineData("'mode':'fields','fields':['a']", "[]", null)]
    [InlineData("'mode':'list'", "[\"a\", 2]", "[\"a\",\"2\"]")]
    [InlineData("'mode':'list'", "a, b", null)]
    public async Task The_model_answers_in_the_form_that_was_asked_for(string mode, string text, string? kept)
    {
        var ports = new ScriptedPorts().Answer(200, text, "text/plain").Answer(200, text, "text/plain");
        var ran = await Rig.Run(
            $"[{{'id':'ai','type':'ai','role':'You sort.','task':'Sort {{{{name}}}}',{mode},'retry':{{'attempts':2,'backoff_seconds':0}}}}]", Row, ports);
        Assert.Equal("Sort Ada", ports.AiCalls[0].Task);
        Assert.Equal(kept is null ? (RecordStatus.Failed, 2) : (RecordStatus.Completed, 1), (ran.Result.Status, ports.AiCalls.Count));
        Assert.Equal(kept, ran.Output.TryGetProperty("ai_response", out var value) ? value.GetRawText() : null);
    }
}
