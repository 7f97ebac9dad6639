using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Troupe.Spinners.Tests;

public class BrokenDraftTests
{
    private static readonly string[] Values =
        ["null", "7", "-1.5", "1e400", "true", "\"x\"", "\"\"", "\"{{\"", "\"{{payload}}\"", "\"payload.x ==\"", "\"http://{{x}}\"", "\"wait\"",
            "[]", "{}", "[{}]", "[null]", "{\"id\":1}", "\"\\u0000\""];

    /// <summary>Whatever a draft's members are replaced by, it is refused with fields or accepted; and what was accepted runs.</summary>
    [Fact]
    public void No_draft_makes_the_reader_or_the_run_fail()
    {
        var places = Places(JsonNode.Parse(SpinnerTests.Full.Replace('\'', '"'))!).ToArray();
        var changes = Gen.ListOf(Gen.Elements(places).SelectMany(place => Gen.Elements(Values).Select(value => (place, value))), 2);
        Prop.ForAll(changes.ToArbitrary(), list =>
        {
            var steps = JsonNode.Parse(SpinnerTests.Full.Replace('\'', '"'))!;
            foreach (var (place, value) in list)
            {
                Replace(steps, place, value);
            }

            var spinner = Spinner.Create(Rig.Draft($$"""{"name":"t","steps":{{steps.ToJsonString()}}}"""));
            return spinner.Ok
                ? Runs(spinner.Value)
                : spinner.Failure.Fields.All(f => f.Field.StartsWith("steps", StringComparison.Ordinal) || f.Field == "start");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static bool Runs(Spinner spinner)
    {
        var back = Json.Read<SpinnerDefinition>(Json.Write(spinner.Definition));
        var ports = new ScriptedPorts();
        for (var i = 0; i < 30; i++)
        {
            ports.Answer(400);
        }

        return back.Steps.Count == 0 || Pipeline.Compile(back, ["x", "a"], []).Run(Rig.Record(("x", "1"), ("a", "\"b\"")), ports, default).AsTask().Wait(5_000);
    }

    private static IEnumerable<string> Places(JsonNode node)
    {
        yield return node.GetPath();
        var children = node switch { JsonObject o => o.Select(m => m.Value), JsonArray a => a, _ => [] };
        foreach (var place in children.OfType<JsonNode>().SelectMany(Places))
        {
            yield return place;
        }
    }

    private static void Replace(JsonNode root, string place, string value)
    {
        var found = All(root).FirstOrDefault(node => node.GetPath() == place);
        if (found?.Parent is JsonObject parent)
        {
            parent[found.GetPropertyName()] = JsonNode.Parse(value);
        }
        else if (found?.Parent is JsonArray list)
        {
            list[found.GetElementIndex()] = JsonNode.Parse(value);
        }
    }

    private static IEnumerable<JsonNode> All(JsonNode node) =>
        (node switch { JsonObject o => o.Select(m => m.Value), JsonArray a => a, _ => [] }).OfType<JsonNode>().SelectMany(All).Prepend(node);
}
