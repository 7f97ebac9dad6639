using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Troupe.Spinners.Tests;

public class ConditionTests
{
    private static readonly (string, string)[] Row =
    [
        ("name", "\"Ada\""), ("score", "\"80\""), ("n", "12.5"), ("zero", "0"), ("empty", "\"\""), ("yes", "true"), ("no", "\"FALSE\""), ("none", "null"),
            ("First Name", "\"O'Hara\""),
        ("tags", "[\"a\",\"b\",3]"), ("id", "\"12345678901234567890\""), ("big", "12345678901234567891"), ("quoted", "\"say \\\"hi\\\"\""), ("nothing", "[]"),
            ("obj", "{\"k\":{\"l\":[1,2]}}"), ("nine", "\"9\""),
    ];

    [Theory]
    [InlineData("payload.name == 'Ada'", true)]
    [InlineData("payload.name == \"ada\"", false)]
    [InlineData("payload.name != 'Bob'", true)]
    [InlineData("payload.score >= 80", true)]
    [InlineData("payload.score > 80", false)]
    [InlineData("payload.score == 80.0", true)]
    [InlineData("payload.score == '80.0'", false)] // two strings are compared as strings
    [InlineData("payload.nine < payload.score", true)] // but ordered as numbers when both are numeric
    [InlineData("payload.name < payload.score", false)] // 'A' comes after '8'
    [InlineData("payload.n < 12.6 and payload.n > -1", true)]
    [InlineData("payload.name > 5", false)]
    [InlineData("payload.name <= 5", false)]
    [InlineData("payload.name == 5", false)]
    [InlineData("payload.name != 5", true)]
    [InlineData("payload.missing == null", true)]
    [InlineData("payload.none == null", true)]
    [InlineData("payload.empty == null", false)]
    [InlineData("payload.missing < 1", false)]
    [InlineData("payload.missing == ''", false)]
    [InlineData("payload.yes", true)]
    [InlineData("payload.yes == true", true)]
    [InlineData("payload.no == false", true)]
    [InlineData("payload.no", false)]
    [InlineData("not payload.no", true)]
    [InlineData("payload.zero or payload.empty or payload.none or payload.missing or payload.nothing", false)]
    [InlineData("payload.name and payload.n and payload.tags and payload.obj", true)]
    [InlineData("payload.name in ['Bob', 'Ada']", true)]
    [InlineData("payload.name not in ['Bob', 'Ada']", false)]
    [InlineData("payload.score in [79, 80]", true)]
    [InlineData("payload.name in []", false)]
    [InlineData("'b' in payload.tags and 3 in payload.tags", true)]
    [InlineData("payload.tags contains 'c'", false)]
    [InlineData("payload.tags not contains 'c'", true)]
    [InlineData("payload.name contains 'd'", true)]
    [InlineData("'D' in payload.name", false)]
    [InlineData("payload.missing contains 'd'", false)]
    [InlineData("payload[\"First Name\"] == 'O\\'Hara'", true)]
    [InlineData("payload.quoted == 'say \"hi\"'", true)]
    [InlineData("payload.id == payload.big", false)] // 20 digits are told apart
    [InlineData("payload.id < payload.big", true)]
    [InlineData("payload.obj.k.l[1] == 2", true)]
    [InlineData("payload.obj.k.l[2] == null", true)]
    [InlineData("payload.tags == payload.tags", false)] // a list equals nothing
    [InlineData("output.x.y == 'made'", true)]
    [InlineData("context.jobId == 'job_1' and context.recordId contains '_7'", true)]
    [InlineData("true or false and false", true)]
    [InlineData("(true or false) and false", false)]
    [InlineData("not false and false", false)]
    [InlineData("not (false and false)", true)]
    [InlineData("not not true", true)]
    [InlineData("1e2 == 100", true)]
    public async Task Holds(string condition, bool expected) => Assert.Equal(expected, await Decide(condition, Row));

    [Theory]
    [InlineData("", "column 1: a value is expected here, not the end.")]
    [InlineData("payload.a =", "column 11: write '==' to compare.")]
    [InlineData("payload.a == ", "column 14: a value is expected here, not the end.")]
    [InlineData("payload.a && true", "column 11: write 'and'.")]
    [InlineData("!true", "column 1: write 'not', or '!=' to compare.")]
    [InlineData("paylod.a == 1", "column 1: 'paylod' is unknown; a path starts with payload, output or context, a text stands in quotes.")]
    [InlineData("payload == 1", "column 1: 'payload' needs a field, such as payload.name.")]
    [InlineData("payload. == 1", "column 9: a field name is missing.")]
    [InlineData("context.user == 1", "column 1: context has jobId, recordId and spinnerId only.")]
    [InlineData("payload.a == 'x", "column 14: the string is not closed.")]
    [InlineData("payload.a == 'x\\q'", "column 16: a backslash stands before \\, ', \", n or t.")]
    [InlineData("payload.a == 01", "column 14: '01' is not a number.")]
    [InlineData("payload.a == 1.2.3", "column 14: '1.2.3' is not a number.")]
    [InlineData("1 < 2 < 3", "column 7: comparisons can't be chained; join them with 'and'.")]
    [InlineData("(true", "column 6: ')' is expected here, not the end.")]
    [InlineData("true)", "column 5: 'and', 'or' or the end is expected here, not ')'.")]
    [InlineData("true true", "column 6: 'and', 'or' or the end is expected here, not 'true'.")]
    [InlineData("payload.a in [1 2]", "column 17: ',' or ']' is expected here, not '2'.")]
    [InlineData("payload.a == [1]", "column 14: a list can only follow 'in'.")]
    [InlineData("payload.a not 1", "column 15: 'in' or 'contains' is expected here, not '1'.")]
    [InlineData("payload.a ; drop", "column 11: ';' has no meaning here.")]
    public void Refuses_with_the_column(string condition, string problem)
    {
        var problems = Spinner.Create(Rig.Draft(Draft(condition))).Failure?.Fields.Where(f => f.Field.EndsWith("when", StringComparison.Ordinal))
            .Select(f => f.Message);
        Assert.Equal([condition.Length == 0 ? "Step 'if': 'when' has 1 to 2000 characters." : $"Step 'if': {problem}"], problems?.Take(1));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Nesting_is_bounded(int depth, bool accepted)
    {
        var condition = new string('(', depth - 1) + "true" + new string(')', depth - 1);
        Assert.Equal(accepted, Spinner.Create(Rig.Draft(Draft(condition))).Ok);
        Assert.Equal(accepted, Spinner.Create(Rig.Draft(Draft(string.Concat(Enumerable.Repeat("not ", depth - 1)) + "true"))).Ok);
    }

    [Fact]
    public void Length_is_bounded()
    {
        var condition = string.Join(" or ", Enumerable.Repeat("true", 250)); // 1,996 characters
        Assert.True(Spinner.Create(Rig.Draft(Draft(condition))).Ok);
        Assert.False(Spinner.Create(Rig.Draft(Draft(condition + "     "))).Ok);
    }

    /// <summary>A tree is written down as a condition and evaluated by plain C#; both must agree.</summary>
    [Fact]
    public void Agrees_with_its_own_tree() =>
        Prop.ForAll(Trees(4).ToArbitrary(), tree =>
        {
            var (text, expected) = tree;
            return text.Length > Limits.ConditionLength || Decide(text, [("a", "3"), ("b", "\"7\""), ("s", "\"kiwi\"")]).Result == expected;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_makes_the_reader_fail() =>
        Prop.ForAll(
            Gen.ArrayOf(
                Gen.Elements("payload.a", "==", "<", "(", ")", "[", "]", ",", "and", "or", "not", "in", "contains", "'x'", "1", "-", ".", "\"", "\\", "output",
                "é", "!", "null")).ToArbitrary(),
            parts =>
            {
                var failure = Spinner.Create(Rig.Draft(Draft(string.Join(' ', parts.Append("1"))))).Failure;
                return failure is null || failure.Fields.All(f => f.Message.Contains("column", StringComparison.Ordinal));
            }).QuickCheckThrowOnFailure();

    private static Gen<(string Text, bool Value)> Trees(int depth)
    {
        var numbers = Gen.Elements<(string, double)>(("payload.a", 3), ("payload.b", 7), ("5", 5), ("-2.5", -2.5), ("output.x.n", 4));
        var compare =
            from left in numbers
            from right in numbers
            from sign in Gen.Elements("==", "!=", "<", "<=", ">", ">=")
            select ($"{left.Item1} {sign} {right.Item1}", sign switch
            {
                "==" => left.Item2 == right.Item2,
                "!=" => left.Item2 != right.Item2,
                "<" => left.Item2 < right.Item2,
                "<=" => left.Item2 <= right.Item2,
                ">" => left.Item2 > right.Item2,
                _ => left.Item2 >= right.Item2,
            });
        var leaf = Gen.OneOf(compare, Gen.Elements(("true", true), ("false", false), ("payload.s contains 'iw'", true), ("payload.s in ['fig']", false)));
        if (depth == 0)
        {
            return leaf;
        }

        var inner = Trees(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Select(i => ($"not ({i.Text})", !i.Value)),
            from l in inner from r in inner select ($"({l.Text}) and ({r.Text})", l.Value && r.Value),
            from l in inner from r in inner select ($"({l.Text}) or ({r.Text})", l.Value || r.Value));
    }

    private static string Draft(string condition) => $$$"""
        {"name":"t","steps":[
          {"id":"start","type":"set","fields":{"x":{"y":"made","n":4}},"next":"if"},
          {"id":"if","type":"decision","branches":[{"when":{{{JsonSerializer.Serialize(condition)}}},"next":"yes"}],"otherwise":"no"},
          {"id":"yes","type":"tag","disposition":"yes"},{"id":"no","type":"tag","disposition":"no"}]}
        """;

    private static async Task<bool> Decide(string condition, (string Name, string Json)[] row)
    {
        var spinner = Spinner.Create(Rig.Draft(Draft(condition)));
        Assert.True(spinner.Ok, spinner.Failure?.Message);
        var pipeline = Pipeline.Compile(spinner.Value!.Definition, [.. row.Select(c => c.Name)], []);
        var ran = new Ran(await pipeline.Run(Rig.Record(row), new ScriptedPorts(), default));
        Assert.Equal(RecordStatus.Completed, ran.Result.Status);
        return ran.Result.Disposition == "yes";
    }
}
