using System.Text;
using System.Text.Json;

namespace Troupe.Spinners.Tests;

public class PipelineTests
{
    private const string Three = """
        [{'id':'greet','type':'set','fields':{'message':'Hello {{name}}'},'next':'which'},
         {'id':'which','type':'decision','branches':[{'when':'payload.score >= 80','label':'hot','next':'hot'}],'otherwise':'cold'},
         {'id':'hot','type':'tag','disposition':'hot'},{'id':'cold','type':'tag','disposition':'cold'}]
        """;

    [Fact]
    public async Task A_record_runs_to_its_end_and_tells_its_journey()
    {
        var ran = await Rig.Run(Three, [("name", "\"Ada\""), ("score", "\"93\"")]);
        Assert.Equal(
            (RecordStatus.Completed, "hot", (DateTimeOffset?)null), (ran.Result.Status, ran.Result.Disposition, ran.Result.WaitUntil));
        Assert.Equal(["greet set set 1", "which decision branched 1: hot", "hot tag tagged 1: hot"], ran.Journey);
        Assert.Equal(
            """{"payload":{"name":"Ada","score":"93"},"output":{"message":"Hello Ada"},"disposition":"hot","journey":[{"step":"greet","type":"set","outcome":"set","at":"2026-03-01T12:00:00.000Z","attempt":1},{"step":"which","type":"decision","outcome":"branched","message":"hot","at":"2026-03-01T12:00:00.000Z","attempt":1},{"step":"hot","type":"tag","outcome":"tagged","message":"hot","at":"2026-03-01T12:00:00.000Z","attempt":1}],"started_at":"2026-03-01T12:00:00.000Z","ended_at":"2026-03-01T12:00:00.000Z"}""",
            Encoding.UTF8.GetString(ran.Result.Body.Span));
    }

    [Fact]
    public async Task Otherwise_may_end_the_record_without_disposition()
    {
        var ran =
            await Rig.Run("[{'id':'d','type':'decision','branches':[{'when':'false','next':'t'}]},{'id':'t','type':'tag','disposition':'x'}]", [("a", "1")]);
        Assert.Equal((RecordStatus.Completed, null), (ran.Result.Status, ran.Result.Disposition));
        Assert.Equal(JsonValueKind.Null, ran.Body.GetProperty("disposition").ValueKind);
        Assert.Equal(["d decision branched 1: otherwise"], ran.Journey);
    }

    [Fact]
    public async Task A_tag_may_be_followed_and_the_last_one_counts()
    {
        var ran = await Rig.Run("[{'id':'a','type':'tag','disposition':'one','next':'b'},{'id':'b','type':'tag','disposition':' {{x}} '}]", [("x", "\"two\"")]);
        Assert.Equal("two", ran.Result.Disposition);
    }

    [Theory]
    [InlineData("\"\"", "A disposition has 1 to 200 characters; this one came out with 0.")]
    [InlineData("[]", null)]
    public async Task An_impossible_disposition_fails_the_record(string value, string? error)
    {
        var ran = await Rig.Run("[{'id':'a','type':'tag','disposition':'{{x}}'}]", [("x", value)]);
        Assert.Equal(error is null ? RecordStatus.Completed : RecordStatus.Failed, ran.Result.Status);
        Assert.Equal(error, ran.Error);
        Assert.Equal(error is null ? "a tag tagged 1: []" : $"a tag failed 1: {error}", ran.Journey.Single());
    }

    [Fact]
    public async Task Only_metadata_fields_enter_the_payload_in_column_order()
    {
        var definition = Rig.Define("[{'id':'a','type':'log','message':'{{a}} {{b}} {{c}}'}]");
        var pipeline = Pipeline.Compile(definition, ["a", "b", "c", "d"], ["c", "a", "zz"]);
        var ran = new Ran(await pipeline.Run(Rig.Record(("a", "1"), ("b", "2"), ("c", "[{}, {\"k\": [1]}]"), ("d", "4")), new ScriptedPorts(), default));
        Assert.Equal("""{"a":1,"c":[{}, {"k": [1]}]}""", ran.Body.GetProperty("payload").GetRawText());
        Assert.Equal("a log logged 1: 1 ‹b› [{}, {\"k\": [1]}]", ran.Journey.Single());
    }

    [Theory]
    [InlineData("[1")]
    [InlineData("")]
    [InlineData("nope")]
    public async Task A_row_that_can_not_be_read_fails_the_record(string row)
    {
        var pipeline = Pipeline.Compile(Rig.Define(Three), ["name", "score"], []);
        var ran = new Ran(await pipeline.Run(new("ws", "j", "r", "s", Encoding.UTF8.GetBytes(row)), new ScriptedPorts(), default));
        Assert.Equal((RecordStatus.Failed, "The row can't be read."), (ran.Result.Status, ran.Error));
    }

    [Fact]
    public async Task A_short_row_has_missing_values()
    {
        var pipeline = Pipeline.Compile(Rig.Define("[{'id':'a','type':'log','message':'{{a}} {{b}}'}]"), ["a", "b"], []);
        var ran = new Ran(await pipeline.Run(Rig.Record(("a", "1")), new ScriptedPorts(), default));
        Assert.Equal("a log logged 1: 1 ‹b›", ran.Journey.Single());
    }

    [Fact]
    public async Task Output_is_bounded_even_when_it_doubles_with_every_step()
    {
        var fields = string.Join(',', Enumerable.Range(1, 60).Select(i => $"'f{i}':'{{{{output.f{i - 1}}}}}{{{{output.f{i - 1}}}}}'"));
        var ran = await Rig.Run($"[{{'id':'a','type':'set','fields':{{'f0':'0123456789',{fields}}}}}]", [("x", "1")]);
        Assert.Equal(RecordStatus.Failed, ran.Result.Status);
        Assert.Equal("Field 'f14' would make the record's output larger than 262144 bytes.", ran.Error);
        Assert.True(ran.Result.Body.Length < 300_000);
        Assert.False(ran.Output.TryGetProperty("f14", out _));
    }

    [Fact]
    public async Task Messages_are_cut_between_characters()
    {
        var ran = await Rig.Run("[{'id':'a','type':'log','message':'x{{x}}'}]", [("x", "\"" + new string('é', 3_000) + "\"")]);
        var message = ran.Body.GetProperty("journey")[0].GetProperty("message").GetString()!;
        Assert.Equal("x" + new string('é', (Limits.JourneyMessageBytes - 1) / 2), message);
    }

    [Fact]
    public async Task Buffers_used_again_carry_nothing_over()
    {
        var pipeline = Pipeline.Compile(Rig.Define(
            "[{'id':'d','type':'decision','branches':[{'when':'payload.a == 1','next':'s'}],'otherwise':'l'},{'id':'s','type':'set','fields':{'v':'{{a}}'},'next':'t'},{'id':'t','type':'tag','disposition':'x','next':'l'},{'id':'l','type':'log','message':'{{v}} {{b}}'}]"),
            ["a", "b"], []);
        var ports = new ScriptedPorts();
        var first = new Ran(await pipeline.Run(Rig.Record(("a", "1"), ("b", "2")), ports, default));
        var body = first.Result.Body.ToArray();
        var second = new Ran(await pipeline.Run(Rig.Record(("a", "3")), ports, default));
        Assert.Equal("l log logged 1: ‹v› ‹b›", second.Journey[^1]);
        Assert.Null(second.Result.Disposition);
        Assert.Equal(body, first.Result.Body.ToArray());
    }

    [Fact]
    public async Task A_pipeline_runs_many_records_at_a_time()
    {
        var pipeline = Pipeline.Compile(Rig.Define(Three), ["name", "score"], []);
        var results = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => Task.Run(async () =>
            new Ran(await pipeline.Run(Rig.Record(("name", $"\"n{i}\""), ("score", $"{i % 160}")), new ScriptedPorts(), default)))));
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal($"Hello n{i}", results[i].Output.GetProperty("message").GetString());
            Assert.Equal(i % 160 >= 80 ? "hot" : "cold", results[i].Result.Disposition);
        }
    }

    [Fact]
    public async Task A_cancelled_run_throws_and_a_bad_definition_does_not_compile()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var pipeline = Pipeline.Compile(Rig.Define(Three), ["name"], []);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await pipeline.Run(Rig.Record(("name", "1")), new ScriptedPorts(), stop.Token));
        Assert.Throws<ArgumentException>(() => Pipeline.Compile(new("x", [new LogStep("a", "{{")], 1, null), [], []));
    }
}
