using System.Text;
using System.Text.Json;

namespace Troupe.Spinners.Tests;

public class WaitTests
{
    private const string Steps = """
        [{'id':'a','type':'set','fields':{'x':{'deep':[1,'{{name}}']},'later':'no'},'next':'t'},
         {'id':'t','type':'tag','disposition':'first','next':'w'},
         {'id':'w','type':'wait','seconds':3600.5,'next':'b'},
         {'id':'b','type':'set','fields':{'y':'{{x.deep[1]}} {{payload.name}} {{context.recordId}}'},'next':'z'},
         {'id':'z','type':'tag','disposition':'second'}]
        """;

    [Fact]
    public async Task A_waiting_record_goes_on_from_its_body_alone()
    {
        var ports = new ScriptedPorts();
        var definition = Rig.Define(Steps);
        var first = new Ran(await Pipeline.Compile(definition, ["id", "name"], []).Run(Rig.Record(("id", "1"), ("name", "\"A\\\"da\"")), ports, default));
        Assert.Equal((RecordStatus.Waiting, "first", Rig.Noon.AddSeconds(3600.5)), (first.Result.Status, first.Result.Disposition, first.Result.WaitUntil));
        Assert.Equal("w wait waiting 1: until 2026-03-01T13:00:00.500Z", first.Journey[^1]);
        Assert.Equal("b", first.Body.GetProperty("next").GetString());
        Assert.False(first.Body.TryGetProperty("ended_at", out _));

        ports.Time.Advance(TimeSpan.FromHours(2));
        var pipeline = Pipeline.Compile(definition, ["id", "name"], []); // another process
        var second = new Ran(await pipeline.Run(Rig.Record() with { Row = default, Resume = first.Result.Body }, ports, default));
        Assert.Equal((RecordStatus.Completed, "second"), (second.Result.Status, second.Result.Disposition));
        Assert.Equal("""{"id":1,"name":"A\"da"}""", second.Body.GetProperty("payload").GetRawText());
        Assert.Equal("""{"x":{"deep":[1,"A\"da"]},"later":"no","y":"A\"da A\"da rec_1_7"}""", second.Output.GetRawText());
        Assert.Equal(first.Journey.Concat(["b set set 1", "z tag tagged 1: second"]), second.Journey);
        Assert.Equal(("2026-03-01T12:00:00.000Z", "2026-03-01T14:00:00.000Z"),
            (second.Body.GetProperty("started_at").GetString(), second.Body.GetProperty("ended_at").GetString()));
        Assert.False(second.Body.TryGetProperty("next", out _));
    }

    [Fact]
    public async Task A_wait_at_the_end_completes_when_its_time_comes()
    {
        var ports = new ScriptedPorts();
        var pipeline = Pipeline.Compile(Rig.Define("[{'id':'w','type':'wait','seconds':0}]"), ["a"], []);
        var first = await pipeline.Run(Rig.Record(("a", "1")), ports, default);
        Assert.Equal((RecordStatus.Waiting, Rig.Noon), (first.Status, first.WaitUntil));
        var second = new Ran(await pipeline.Run(Rig.Record() with { Resume = first.Body }, ports, default));
        Assert.Equal(RecordStatus.Completed, second.Result.Status);
        Assert.Single(second.Journey);
    }

    [Theory]
    [InlineData("2026-03-02T09:30:00+01:00", "2026-03-02T08:30:00Z")]
    [InlineData("2026-03-02T09:30Z", "2026-03-02T09:30:00Z")]
    [InlineData(" 2026-03-02 ", "2026-03-02T00:00:00Z")]
    [InlineData("2026-03-02 09:30:15.25", "2026-03-02T09:30:15.25Z")]
    [InlineData("2026-03-02T09:30:15.123456789Z", "2026-03-02T09:30:15.123Z")] // as a datetime column takes it
    [InlineData("2026-03-01T22:30:00-14:00", "2026-03-02T12:30:00Z")]
    [InlineData("2020-01-01", "2026-03-01T12:00:00Z")] // the past is now
    public async Task Until_takes_times(string until, string expected)
    {
        var ran = await Rig.Run("[{'id':'w','type':'wait','until':'{{payload.at}}'}]", [("at", $"\"{until}\"")]);
        Assert.Equal(DateTimeOffset.Parse(expected), ran.Result.WaitUntil);
    }

    [Theory]
    [InlineData("tomorrow", "'until' came out as 'tomorrow', which is not a time such as 2026-03-01T09:00:00+01:00.")]
    [InlineData("2026-02-29", "'until' came out as '2026-02-29', which is not a time such as 2026-03-01T09:00:00+01:00.")]
    [InlineData("0001-01-01T00:00+14:00", "'until' came out as '0001-01-01T00:00+14:00', which is not a time such as 2026-03-01T09:00:00+01:00.")]
    [InlineData("2028-01-01", "'until' came out as '2028-01-01', which is more than 366 days away.")]
    public async Task Until_refuses_what_is_no_time(string until, string error)
    {
        var ran = await Rig.Run("[{'id':'w','type':'wait','until':'{{payload.at}}'}]", [("at", $"\"{until}\"")]);
        Assert.Equal((RecordStatus.Failed, error), (ran.Result.Status, ran.Error));
    }

    [Fact]
    public async Task A_loop_with_a_wait_is_ended_by_the_journey_limit()
    {
        var ports = new ScriptedPorts();
        var pipeline = Pipeline.Compile(
            Rig.Define(
                "[{'id':'l','type':'decision','branches':[{'when':'payload.stop','next':'e'}],'otherwise':'w'},{'id':'w','type':'wait','seconds':1,'next':'l'},{'id':'e','type':'tag','disposition':'x'}]"), ["stop"], []);
        var result = await pipeline.Run(Rig.Record(("stop", "false")), ports, default);
        var rounds = 0;
        while (result.Status == RecordStatus.Waiting && rounds++ < Limits.JourneyEntries)
        {
            result = await pipeline.Run(Rig.Record() with { Resume = result.Body }, ports, default);
        }

        var ran = new Ran(result);
        Assert.Equal((RecordStatus.Failed, $"The record took more than {Limits.JourneyEntries} steps."), (ran.Result.Status, ran.Error));
        Assert.Equal(Limits.JourneyEntries, ran.Journey.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"payload\":{")]
    [InlineData("{\"started_at\":\"x\"}")]
    [InlineData("{\"attempt\":\"x\"}")]
    public async Task A_body_that_can_not_be_read_fails_the_record(string body)
    {
        var pipeline = Pipeline.Compile(Rig.Define(Steps), ["id", "name"], []);
        var ran = new Ran(await pipeline.Run(Rig.Record() with { Resume = Encoding.UTF8.GetBytes(body) }, new ScriptedPorts(), default));
        Assert.Equal((RecordStatus.Failed, "The stored state of the waiting record can't be read."), (ran.Result.Status, ran.Error));
    }
}
