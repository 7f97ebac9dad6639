using System.Text;
using System.Text.Json;
using Troupe.Silo.Outbound;
using Troupe.Silo.Outbound.Ai;
using Troupe.Spinners;

namespace Troupe.Silo.Tests.Outbound;

public class LanguageModelTests
{
    private static readonly AiStep Step = new("ai", "unused") { Role = "You sort leads.", Mode = AiMode.Classification, Labels = ["hot", "cold"] };

    [Fact]
    public async Task A_chat_endpoint_gets_role_form_and_task()
    {
        var request = "";
        await using var server = new RawServer(async (stream, stop) =>
        {
            request = await RawServer.ReadRequest(stream, stop);
            const string Body = """{"choices":[{"message":{"role":"assistant","content":"hot"}}]}""";
            var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + Body), stop);
        });
        var answer = await Ask(server, Step);
        Assert.Equal((200, "hot"), (answer.Status, Encoding.UTF8.GetString(answer.Body.Span)));
        Assert.Contains("\r\nAuthorization: Bearer k3y\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nIdempotency-Key: job/rec/ai\r\n", request, StringComparison.Ordinal);
        using var sent = JsonDocument.Parse(request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        Assert.Equal("small", sent.RootElement.GetProperty("model").GetString());
        var messages = sent.RootElement.GetProperty("messages");
        Assert.Equal(
            "You sort leads.\n\nAnswer with exactly one of these labels and nothing else: hot | cold.", messages[0].GetProperty("content").GetString());
        Assert.Equal(("user", "Sort Ada"), (messages[1].GetProperty("role").GetString(), messages[1].GetProperty("content").GetString()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"choices\":[]}")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":7}}]}")]
    [InlineData("[]")]
    [InlineData("nope")]
    public async Task An_answer_without_content_is_an_error(string body)
    {
        await using var server = RawServer.Http($"HTTP/1.1 200 OK\nContent-Length: {body.Length}\n\n{body}");
        Assert.Equal("ai_answer_invalid", (await Ask(server, Step)).Error);
    }

    [Fact]
    public async Task An_error_of_the_provider_keeps_its_status_and_loses_its_text()
    {
        await using var server = RawServer.Http("HTTP/1.1 401 No\nContent-Length: 9\n\nbad k3y !");
        var answer = await Ask(server, Step);
        Assert.Equal((401, 0), (answer.Status, answer.Body.Length));
    }

    [Theory]
    [InlineData(AiMode.Text, "\"mock: Sort Ada\"")]
    [InlineData(AiMode.List, "[\"mock 1: Sort Ada\",\"mock 2: Sort Ada\"]")]
    [InlineData(AiMode.Fields, "{\"a\":\"mock a: Sort Ada\"}")]
    [InlineData(AiMode.Classification, "\"cold\"")]
    public async Task The_mock_answers_every_mode_the_same_way_each_time(AiMode mode, string kept)
    {
        var step = new AiStep("ai", "Sort {{name}}")
        {
            Mode = mode,
            Fields = mode == AiMode.Fields ? ["a"] : [],
            Labels = mode == AiMode.Classification ? ["hot", "cold"] : [],
        };
        var pipeline = Pipeline.Compile(new("ai", [step], 1, null), ["name"], []);
        using var http = new HttpSender(new Guard([]), TimeProvider.System);
        var ports = new OutboundPorts(TimeProvider.System, http, null, new MockModel());
        var result = await pipeline.Run(new("ws", "job", "rec", "spn", "[\"Ada\"]"u8.ToArray()), ports, default);
        using var body = JsonDocument.Parse(result.Body);
        Assert.Equal(kept, body.RootElement.GetProperty("output").GetProperty("ai_response").GetRawText());
    }

    [Fact]
    public async Task What_is_not_configured_says_so()
    {
        using var http = new HttpSender(new Guard([]), TimeProvider.System);
        var ports = new OutboundPorts(TimeProvider.System, http, null, null);
        Assert.Equal("ai_unconfigured", (await ports.Ai(new("ws", Step, "t", "k", TimeSpan.FromSeconds(1)), default)).Error);
        Assert.Equal("mail_unconfigured", (await ports.Email(new("ws", "a@b.c", "s", "t", null, "k", TimeSpan.FromSeconds(1)), default)).Error);
    }

    private static async Task<StepAnswer> Ask(RawServer server, AiStep step)
    {
        using var http = new HttpSender(new Guard([AllowEntry.Parse("127.0.0.1")!]), TimeProvider.System);
        var model = new ChatModel(new() { Url = server.Url + "v1/chat/completions", Key = "k3y", Model = "small" }, http);
        return await model.Ask(new("ws", step, "Sort Ada", "job/rec/ai", TimeSpan.FromSeconds(10)), default);
    }
}
