using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Spinners.Tests;

public class SpinnerTests
{
    private static readonly Spinner Saved = Spinner.Create(Rig.Draft(
        """{"name":" Welcome ","table_id":"t1","rate_per_second":50,"start":"b","steps":[{"id":"a","type":"tag","disposition":"x"},{"id":"b","type":"log","message":"m","next":"a"}]}""")).Value!;

    [Fact]
    public void A_draft_becomes_a_spinner_with_defaults()
    {
        Assert.Equal("Welcome", Saved.Name);
        Assert.Equal(16, Saved.Concurrency);
        Assert.Equal(50, Saved.RatePerSecond);
        Assert.Equal(0, Saved.PublishedVersion);
        Assert.Equal("b", Saved.Definition.Start);
        Assert.Equal("a", Spinner.Create(Rig.Draft("""{"name":"n","steps":[{"id":"a","type":"log","message":"m"}]}""")).Value!.Definition.Start);
    }

    [Fact]
    public void Absent_members_stay_as_they_were_and_null_clears()
    {
        var renamed = Saved.Change(Rig.Draft("""{"name":"New"}""")).Value!;
        Assert.Equal(Saved with { Name = "New" }, renamed);

        var cleared = Saved.Change(Rig.Draft("""{"table_id":null,"concurrency":null,"rate_per_second":null}""")).Value!;
        Assert.Equal(Saved with { TableId = null, Concurrency = 16, RatePerSecond = null }, cleared);

        Assert.Equal(["'start' names the step 'b', which does not exist."],
            Messages(Saved.Change(Rig.Draft("""{"steps":[{"id":"c","type":"log","message":"m"}]}"""))));
        Assert.True(Saved.Change(Rig.Draft("""{"start":null,"steps":[{"id":"c","type":"log","message":"m"}]}""")).Ok);
        Assert.Equal(["A name has 1 to 200 characters."], Messages(Saved.Change(Rig.Draft("""{"name":null}"""))));
    }

    [Fact]
    public void Publishing_counts_on_and_needs_table_and_steps()
    {
        var now = Rig.Noon.AddTicks(7);
        var first = Saved.Publish(now).Value!;
        Assert.Equal((1, Rig.Noon), (first.PublishedVersion, first.PublishedAt));
        Assert.Equal(2, first.Publish(now).Value!.PublishedVersion);
        var bare = Spinner.Create(Rig.Draft("""{"name":"n"}""")).Value!;
        Assert.Equal(["table_id", "steps"], bare.Publish(now).Failure!.Fields.Select(f => f.Field));
    }

    [Fact]
    public void A_schedule_needs_a_published_version_and_good_times()
    {
        var schedule = new SpinnerSchedule("0 9 * * MON", "Europe/Lisbon", Overlap.Queue);
        Assert.Equal("spinner_unpublished", Saved.SetSchedule(schedule, Rig.Noon).Failure!.Code);
        var published = Saved.Publish(Rig.Noon).Value!;
        var scheduled = published.SetSchedule(schedule, Rig.Noon).Value!;
        Assert.Equal((schedule, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero)), (scheduled.Schedule, scheduled.NextRunAt));
        Assert.Equal(["cron", "time_zone"],
            published.SetSchedule(schedule with { Cron = "x", TimeZone = "Mars" }, Rig.Noon).Failure!.Fields.Select(f => f.Field));
        Assert.Same(published, published.ClearSchedule());
        Assert.Null(published.SetSchedule(schedule, Rig.Noon).Value!.ClearSchedule().Schedule);
    }

    [Fact]
    public void Drafts_and_spinners_survive_json()
    {
        var draft = Rig.Draft("""{"rate_per_second":null,"steps":[{"id":"a","type":"log","message":"m"}]}""");
        Assert.Equal("""{"rate_per_second":null,"steps":[{"id":"a","type":"log","message":"m"}]}""", JsonSerializer.Serialize(draft, Json.Options));

        var full = Rig.Define(Full);
        var json = JsonSerializer.Serialize(full, Json.Options);
        var back = Json.Read<SpinnerDefinition>(Json.Write(full));
        Assert.Equal(json, JsonSerializer.Serialize(back, Json.Options));
        Assert.Empty(DefinitionRules.Check(back));
    }

    [Fact]
    public void Every_member_of_every_step_is_read_and_written_as_the_contract_spells_it()
    {
        using var wanted = JsonDocument.Parse(Full.Replace('\'', '"'));
        using var got = JsonDocument.Parse(JsonSerializer.Serialize(Rig.Define(Full).Steps, Json.Options));
        for (var index = 0; index < wanted.RootElement.GetArrayLength(); index++)
        {
            foreach (var member in wanted.RootElement[index].EnumerateObject())
            {
                Assert.True(JsonElement.DeepEquals(member.Value, got.RootElement[index].GetProperty(member.Name)), $"{index} {member.Name}");
            }
        }
    }

    /// <summary>What a client reads may be sent back as it is, nulls and all.</summary>
    [Fact]
    public void Steps_that_were_read_can_be_written_again()
    {
        var options = new JsonSerializerOptions(Json.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };
        var answered = JsonSerializer.Serialize(Rig.Define(Full).Steps, options);
        Assert.Contains("\"next\":null", answered, StringComparison.Ordinal);
        var again = Spinner.Create(Rig.Draft($$"""{"name":"t","steps":{{answered}}}"""));
        Assert.True(again.Ok, again.Failure?.Message);
        Assert.Equal(answered, JsonSerializer.Serialize(again.Value!.Steps, options));
    }

    internal const string Full = """
        [{'id':'s','type':'set','fields':{'a':1,'b':{'c':'{{x}}'}},'next':'l'},
         {'id':'l','type':'log','message':'{{a}}','next':'h'},
         {'id':'h','type':'http','method':'PUT','url':'https://x/{{a}}','headers':{'X-A':'{{a}}'},'body':[1,'{{a}}'],'output':'o','accept':[404],'timeout_seconds':7,
          'retry':{'attempts':5,'backoff_seconds':0.5},'on_error':'t','next':'d'},
         {'id':'d','type':'decision','branches':[{'when':'output.o.status == 404','label':'none','next':'w'}],'otherwise':'u'},
         {'id':'w','type':'wait','seconds':1.5,'next':'i'},
         {'id':'u','type':'wait','until':'2026-01-01','next':'i'},
         {'id':'i','type':'ai','role':'r','task':'t {{a}}','mode':'fields','fields':['k'],'model':'m','output':'ai','timeout_seconds':60,'retry':{'attempts':1,'backoff_seconds':0},'next':'j'},
         {'id':'j','type':'ai','task':'t','mode':'classification','labels':['x','y'],'next':'e'},
         {'id':'e','type':'email','to':'{{a}}@x.org','subject':'s','text':'t','reply_to':'r@x.org','next':'t'},
         {'id':'t','type':'tag','disposition':'{{a}}'}]
        """;

    private static IEnumerable<string> Messages<T>(Outcome<T> outcome) => outcome.Failure!.Fields.Select(f => f.Message);
}
