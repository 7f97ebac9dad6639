using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Troupe.Spinners.Tests;

public class TemplateTests
{
    private static readonly (string, string)[] Row =
        [("name", "\"Ada \\\"the\\\" Counter\\n\\u00e9\\ud83d\\ude00\""), ("n", "12.50"), ("yes", "true"), ("none", "null"), ("First Name", "\"Ada\""),
            ("a.b", "\"dotted\""), ("tags", "[\"x\",{\"k\":1}]")];

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("Hello {{First Name}}!", "Hello Ada!")]
    [InlineData("{{ First Name }}", "Ada")]
    [InlineData("{{payload.n}} {{n}} {params:n}", "12.50 12.50 12.50")]
    [InlineData("{{yes}}{{none}}|", "true|")]
    [InlineData("{{name}}", "Ada \"the\" Counter\né😀")]
    [InlineData("{{payload[\"a.b\"]}}", "dotted")]
    [InlineData("{{tags[0]}} {{tags[1].k}} {{tags}}", "x 1 [\"x\",{\"k\":1}]")]
    [InlineData("{{phone}} {{payload.phone}} {output:phone} {{tags[9]}} {{tags.k}}", "‹phone› ‹payload.phone› ‹output:phone› ‹tags[9]› ‹tags.k›")]
    [InlineData("{{context.jobId}}/{{context.recordId}}/{{context.spinnerId}}", "job_1/rec_1_7/spn_1")]
    [InlineData("\\{{n}} {n} { {params} }}", "{{n}} {n} { {params} }}")]
    [InlineData("a\\b \\\\{", "a\\b \\{")]
    public async Task Renders(string template, string expected) => Assert.Equal(expected, await Render(template));

    [Theory]
    [InlineData("{{}}", "column 3: a field name is missing.")]
    [InlineData("ab {{name", "column 4: '{{' is not closed by '}}'.")]
    [InlineData("{{name}", "column 1: '{{' is not closed by '}}'.")]
    [InlineData("{params:name", "column 1: '{params:' is not closed by '}'.")]
    [InlineData("{{name..x}}", "column 8: a field name is missing.")]
    [InlineData("{{tags[x]}}", "column 8: an index is a whole number up to 999999, or a name in double quotes.")]
    [InlineData("{{tags[1}}", "column 7: '[' is not closed by ']'.")]
    [InlineData("{{context.workspace}}", "column 3: context has jobId, recordId and spinnerId only.")]
    [InlineData("{{payload[0]}}", "column 3: an index must follow a field.")]
    [InlineData("{{a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q}}", "column 3: a path has at most 16 segments.")]
    public void Refuses(string template, string problem)
    {
        var problems = Rig.Problems($"{{'name':'t','steps':[{{'id':'a','type':'log','message':{JsonSerializer.Serialize(template)}}}]}}");
        Assert.Equal([$"steps[0].message: Step 'a': {problem}"], problems);
    }

    [Fact]
    public async Task A_json_value_that_is_one_template_keeps_its_type()
    {
        var ran = await Rig.Run(
            """[{"id":"a","type":"set","fields":{"v":{"n":"{{n}}","s":"{{ payload.name }}","mixed":"{{n}}!","yes":"{{yes}}","none":"{{none}}","list":["{{tags}}",7,null,{}],"gone":"{{phone}}","all":"{{payload}}"}}}]""", Row);
        var v = ran.Output.GetProperty("v");
        Assert.Equal("12.50", v.GetProperty("n").GetRawText());
        Assert.Equal("Ada \"the\" Counter\né😀", v.GetProperty("s").GetString());
        Assert.Equal("12.50!", v.GetProperty("mixed").GetString());
        Assert.Equal(JsonValueKind.True, v.GetProperty("yes").ValueKind);
        Assert.Equal(JsonValueKind.Null, v.GetProperty("none").ValueKind);
        Assert.Equal("""[["x",{"k":1}],7,null,{}]""", v.GetProperty("list").GetRawText());
        Assert.Equal("‹phone›", v.GetProperty("gone").GetString());
        Assert.Equal("Ada", v.GetProperty("all").GetProperty("First Name").GetString());
    }

    [Fact]
    public async Task Output_wins_over_metadata_and_later_fields_see_earlier_ones()
    {
        var ran = await Rig.Run(
            """[{"id":"a","type":"set","fields":{"n":"{{n}}0","m":"{{n}} {{payload.n}} {{output.n}}"}}]""", [("n", "1")]);
        Assert.Equal("10 1 10", ran.Output.GetProperty("m").GetString());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_data_becomes_a_replacement_character()
    {
        var ran = await Rig.Run("""[{"id":"a","type":"log","message":"{{x}}"}]""", [("x", "\"a\\ud83db\"")]);
        Assert.Equal("a log logged 1: a\uFFFDb", ran.Journey.Single());
    }

    [Fact]
    public void Any_text_survives_the_way_through_a_template() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var value = new string([.. text.Get.Where(c => !char.IsSurrogate(c))]);
            var ran = Rig.Run("""[{"id":"a","type":"set","fields":{"v":"<{{x}}>"}}]""", [("x", JsonSerializer.Serialize(value))]).Result;
            return ran.Output.GetProperty("v").GetString() == $"<{value}>";
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_template_text_makes_the_reader_fail() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Elements("{{", "}}", "{", "}", "\\", "payload", ".", "[", "]", "\"", "a", " ", "0", "{params:", "context", "é"))
            .ToArbitrary(), parts =>
        {
            var template = JsonSerializer.Serialize(string.Concat(parts.Append("x")));
            var problems = Spinner.Create(Rig.Draft($$$"""{"name":"t","steps":[{"id":"a","type":"log","message":{{{template}}}}]}""")).Failure?.Fields ?? [];
            return problems.Count == 0 || (problems.Count == 1 && problems[0].Message.Contains("column", StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();

    private static async Task<string> Render(string template)
    {
        // Twice: inside JSON text and as plain text.
        var quoted = JsonSerializer.Serialize("." + template);
        var ran = await Rig.Run($$$"""[{"id":"a","type":"set","fields":{"v":{{{quoted}}}},"next":"b"},{"id":"b","type":"log","message":{{{quoted}}}}]""", Row);
        var rendered = ran.Output.GetProperty("v").GetString();
        Assert.Equal($"b log logged 1: {rendered}", ran.Journey[1]);
        return rendered![1..];
    }
}
