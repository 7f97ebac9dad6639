using Troupe.Tests;

namespace Troupe.Spinners.Tests;

public class DefinitionRulesTests
{
    [Theory]
    [InlineData("{'id':'a','type':'log'}", "steps[0].message: Step 'a': 'message' is missing.")]
    [InlineData("{'type':'log','message':'m'}", "steps[0].id: Step 1: 'id' is missing.")]
    [InlineData("{'id':'a b','type':'log','message':'m'}", "steps[0].id: Step 'a b': an id is made of letters, digits, '_' and '-'.")]
    [InlineData("{'id':'a'}", "steps[0].type: Step 'a': 'type' is missing.")]
    [InlineData("{'id':'a','type':'js'}", "steps[0].type: Step 'a': 'js' is no step type; known are set, log, http, decision, wait, tag, ai and email.")]
    [InlineData("{'id':'a','type':'create','resource':'task','fields':{}}", "steps[0].type: Step 'a': 'create' steps can't be run by this version yet.")]
    [InlineData("{'id':'a','type':'log','message':'m','mesage':1}", "steps[0].mesage: Step 'a': 'mesage' is unknown here.")]
    [InlineData("{'id':'a','type':'log','message':'m','message':'n'}", "steps[0].message: Step 'a': 'message' is given twice.")]
    [InlineData("{'id':'a','type':'log','message':7}", "steps[0].message: Step 'a': 'message' must be a text.")]
    [InlineData("7", "steps[0]: Step 1 must be an object.")]
    [InlineData("{'id':'a','type':'set','fields':{}}", "steps[0].fields: Step 'a': 'fields' needs at least one field.")]
    [InlineData("{'id':'a','type':'set','fields':{'a.b':1}}",
        "steps[0].fields.a.b: Step 'a': 'a.b' is no name for an output field: letters, digits, '_', '-' and blanks inside, at most 64.")]
    [InlineData("{'id':'a','type':'set','fields':{'x':{'y':['{{']}}}", "steps[0].fields.x.y[0]: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'http','url':'ftp://x'}", "steps[0].url: Step 'a': 'url' must start with http:// or https:// and go on with a host.")]
    [InlineData("{'id':'a','type':'http','url':'{{payload.url}}'}", "steps[0].url: Step 'a': 'url' must start with http:// or https:// and go on with a host.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','method':'TRACE'}",
        "steps[0].method: Step 'a': 'method' must be one of GET, POST, PUT, PATCH, DELETE, HEAD.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','body':1}", "steps[0].body: Step 'a': a GET request has no body.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','headers':{'Host':'y'}}", "steps[0].headers.Host: Step 'a': header 'Host' is set by the sender.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','headers':{'a:b':'y'}}", "steps[0].headers.a:b: Step 'a': 'a:b' is no header name.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','headers':{'A':'1','a':'2'}}", "steps[0].headers.a: Step 'a': header 'a' is given twice.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','timeout_seconds':121}",
        "steps[0].timeout_seconds: Step 'a': 'timeout_seconds' must be a whole number from 1 to 120.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','retry':{'attempts':0}}",
        "steps[0].retry.attempts: Step 'a': 'attempts' must be a whole number from 1 to 10.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','retry':{'tries':1}}", "steps[0].retry.tries: Step 'a': 'tries' is unknown here.")]
    [InlineData("{'id':'a','type':'http','url':'https://x','accept':[200]}", "steps[0].accept[0]: Step 'a': 'accept' lists statuses from 300 to 599.")]
    [InlineData("{'id':'a','type':'wait'}", "steps[0].seconds: Step 'a': a wait has either 'seconds' or 'until'.")]
    [InlineData("{'id':'a','type':'wait','seconds':1,'until':'x'}", "steps[0].seconds: Step 'a': a wait has either 'seconds' or 'until'.")]
    [InlineData("{'id':'a','type':'wait','seconds':-1}", "steps[0].seconds: Step 'a': 'seconds' must be a number from 0 to 31622400.")]
    [InlineData("{'id':'a','type':'decision','branches':[]}", "steps[0].branches: Step 'a': 'branches' needs at least one branch.")]
    [InlineData("{'id':'a','type':'decision','branches':[{'when':'true'}]}", "steps[0].branches[0].next: Step 'a': 'next' is missing.")]
    [InlineData("{'id':'a','type':'decision','branches':[{'when':'tru','next':'b'}],'next':'b'}",
        "steps[0].next: Step 'a': a decision goes on by its branches and 'otherwise'.",
        "steps[0].branches[0].next: Step 'a': 'branches[0].next' names the step 'b', which does not exist.",
        "steps[0].branches[0].when: Step 'a': column 1: 'tru' is unknown; a path starts with payload, output or context, a text stands in quotes.")]
    [InlineData("{'id':'a','type':'ai','task':'t','mode':'fields'}",
        "steps[0].fields: Step 'a': 'fields' lists the keys of mode 'fields', and belongs to it alone.")]
    [InlineData("{'id':'a','type':'ai','task':'t','labels':['x']}",
        "steps[0].labels: Step 'a': 'labels' lists the choices of mode 'classification', and belongs to it alone.")]
    [InlineData("{'id':'a','type':'email','to':'x','subject':'{{','text':'t'}", "steps[0].subject: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'tag','disposition':'{{'}", "steps[0].disposition: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'wait','until':'{{'}", "steps[0].until: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'ai','task':'{{'}", "steps[0].task: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'http','url':'http://{{'}", "steps[0].url: Step 'a': column 10: a field name is missing.")]
    [InlineData("{'id':'a','type':'http','url':'http://x','headers':{'A':'{{'}}", "steps[0].headers.A: Step 'a': column 3: a field name is missing.")]
    [InlineData("{'id':'a','type':'log','message':'\\ud800'}", "steps: A text in 'steps' holds half of a surrogate pair.")]
    public void One_step(string step, params string[] problems) => Assert.Equal(problems, Rig.Problems($"{{'name':'t','steps':[{step}]}}"));

    [Fact]
    public void The_whole_is_bounded()
    {
        Assert.Equal(
            ["name: A name has 1 to 200 characters.", "concurrency: 'concurrency' must be a whole number from 1 to 256.",
             "rate_per_second: 'rate_per_second' must be above 0 and at most 100000; leave it out for no limit.",
                 "start: 'start' names the step 'x', which does not exist."],
            Rig.Problems("{'concurrency':0,'rate_per_second':0,'start':'x'}"));
        var steps = string.Join(',', Enumerable.Range(0, 201).Select(i => $"{{'id':'s{i}','type':'log','message':'m','next':'s{i + 1}'}}"));
        Assert.Equal(["steps: 'steps' must be a list of at most 200 steps."], Rig.Problems($"{{'name':'t','steps':[{steps}]}}"));
        Assert.Equal(["steps: 'steps' must be a list of at most 200 steps."], Rig.Problems("{'name':'t','steps':{}}"));
        Assert.Equal(["steps[0].message: Step 'a': 'message' has 1 to 20000 characters."],
            Rig.Problems($"{{'name':'t','steps':[{{'id':'a','type':'log','message':'{new string('x', 20_001)}'}}]}}"));
        Assert.Equal(["steps[0].fields: Step 'a': 'fields' has at most 100000 characters."],
            Rig.Problems($"{{'name':'t','steps':[{{'id':'a','type':'set','fields':{{'f':[{string.Join(',', Enumerable.Repeat("12345678", 12_000))}]}}}}]}}"));
    }

    [Fact]
    public void Ids_are_unique() => Assert.Equal(
        ["steps[1].id: Step 'a': another step has this id already."],
        Rig.Problems("{'name':'t','steps':[{'id':'a','type':'log','message':'m'},{'id':'a','type':'log','message':'m'}]}"));

    [Fact]
    public void Targets_exist_and_every_step_is_reached() => Assert.Equal(
        ["steps[0].next: Step 'a': 'next' names the step 'nope', which does not exist.",
            "steps[1].on_error: Step 'b': 'on_error' names the step 'gone', which does not exist.",
         "steps[1]: Step 'b': it can't be reached from the start step 'a'."],
        Rig.Problems("{'name':'t','steps':[{'id':'a','type':'log','message':'m','next':'nope'},{'id':'b','type':'http','url':'http://x','on_error':'gone'}]}"));

    [Fact]
    public void A_loop_needs_a_wait()
    {
        const string Loop =
            "{{'name':'t','steps':[{{'id':'a','type':'log','message':'m','next':'b'}},{{'id':'b','type':'decision','branches':[{{'when':'output.done','next':'end'}}],'otherwise':'c'}},{0},{{'id':'end','type':'tag','disposition':'x'}}]}}";
        Assert.Equal(["steps[0]: Step 'a': a loop without a wait: a -> b -> c -> a."],
            Rig.Problems(string.Format(null, Loop, "{'id':'c','type':'log','message':'m','next':'a'}")));
        Assert.Empty(Rig.Problems(string.Format(null, Loop, "{'id':'c','type':'wait','seconds':1,'next':'a'}")));
    }

    [Fact]
    public void An_end_can_be_reached_from_everywhere()
    {
        Assert.Equal(["steps: No end can be reached from 'w', 'x'."], Rig.Problems(
            "{'name':'t','steps':[{'id':'a','type':'decision','branches':[{'when':'true','next':'w'}]},{'id':'w','type':'wait','seconds':1,'next':'x'},{'id':'x','type':'log','message':'m','next':'w'}]}"));
        Assert.Equal(["steps: No end can be reached from 'a'.", "steps[0]: Step 'a': a loop without a wait: a -> a."],
            Rig.Problems("{'name':'t','steps':[{'id':'a','type':'log','message':'m','next':'a'}]}"));
    }

    [Fact]
    public void All_problems_come_at_once() => Assert.Equal(
        ["steps[0].colour", "steps[1].type", "name", "steps[0].next", "steps[1]", "steps[0].message"],
        Spinner.Create(Rig.Draft("""{"steps":[{"id":"a","type":"log","message":"{{","colour":1,"next":"x"},{"id":"b","type":"create","next":"a"}]}"""))
            .Failure!.Fields.Select(f => f.Field));

    [Fact]
    public void The_samples_are_good()
    {
        var samples = Directory.GetFiles(Path.Combine(Repository.Root, "samples", "spinners"), "*.json");
        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Empty(Rig.Problems(File.ReadAllText(sample).Replace("'", "\\u0027", StringComparison.Ordinal))));
    }
}
