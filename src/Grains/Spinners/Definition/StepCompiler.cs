using System.Text;
using System.Text.Json;

namespace Troupe.Spinners;

/// <summary>Turns steps into nodes that run: templates and conditions are parsed, names become places. What can't be compiled is an error with the field,
/// the step and, in templates and conditions, the column.</summary>
internal sealed class StepCompiler
{
    private static readonly string[] Reserved =
        ["host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect", "idempotency-key",
            "proxy-authorization", "proxy-connection"];

    private readonly IReadOnlyList<Step> _steps;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private int _at;

    public StepCompiler(IReadOnlyList<Step> steps, Scope scope)
    {
        (_steps, Scope) = (steps, scope);
        for (var place = 0; place < steps.Count; place++)
        {
            _places.TryAdd(steps[place].Id, place);
            foreach (var output in Outputs(steps[place]))
            {
                scope.Output(output);
            }
        }
    }

    /// <summary>The names.</summary>
    public Scope Scope { get; }

    /// <summary>What could not be compiled.</summary>
    public List<FieldError> Errors { get; } = [];

    /// <summary>Names of the output fields a step may write.</summary>
    public static IEnumerable<string> Outputs(Step step) => step switch
    {
        SetStep set => set.Fields.Keys,
        HttpStep http => [http.Output],
        AiStep ai => [ai.Output],
        _ => [],
    };

    /// <summary>Place of a step; the end when there is no next step.</summary>
    public int Place(string? step) => step is not null && _places.TryGetValue(step, out var place) ? place : StepNode.End;

    /// <summary>The nodes, in the order of the steps. Only to be run when there are no errors.</summary>
    public StepNode[] Compile()
    {
        var nodes = new StepNode[_steps.Count];
        for (_at = 0; _at < nodes.Length; _at++)
        {
            nodes[_at] = Compile(_steps[_at]);
        }

        return nodes;
    }

    private StepNode Compile(Step step) => step switch
    {
        SetStep set =>
            new SetNode(set.Id,
            [.. set.Fields.Select(f => (Output($"fields.{f.Key}", f.Key), f.Key, JsonOf($"fields.{f.Key}", f.Value)))])
            { Next = Place(set.Next) },
        LogStep log => new LogNode(log.Id, Text("message", log.Message)) { Next = Place(log.Next) },
        TagStep tag => new TagNode(tag.Id, Text("disposition", tag.Disposition)) { Next = Place(tag.Next) },
        DecisionStep decision => new DecisionNode(decision.Id, [.. decision.Branches.Select(Branch)]) { Next = Place(decision.Otherwise) },
        WaitStep wait => Wait(wait),
        HttpStep http => Http(http),
        AiStep ai => Ai(ai),
        EmailStep email =>
            new EmailNode(email, Place(email.OnError), Text("to", email.To), Text("subject", email.Subject), Text("text", email.Text),
            Optional("reply_to", email.ReplyTo))
            {
                Next = Place(email.Next),
            },
        _ => throw new ArgumentException($"Step type {step.GetType().Name} is unknown.", nameof(step)),
    };

    private (Condition, byte[], int) Branch(Branch branch, int index)
    {
        var condition = ConditionParser.Parse(branch.When, Scope, out var error);
        if (error is not null)
        {
            Error($"branches[{index}].when", error);
        }

        return (condition!, Encoding.UTF8.GetBytes(branch.Label ?? branch.Next), Place(branch.Next));
    }

    private WaitNode Wait(WaitStep wait)
    {
        if (wait.Seconds is null == wait.Until is null)
        {
            Error("seconds", "a wait has either 'seconds' or 'until'.");
        }

        return new(wait.Id, wait.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Optional("until", wait.Until), wait.Next);
    }

    private HttpNode Http(HttpStep http)
    {
        var scheme = http.Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8
            : http.Url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : 0;
        if (scheme == 0 || http.Url.Length == scheme)
        {
            Error("url", "'url' must start with http:// or https:// and go on with a host.");
        }

        if (http.Body is not null && http.Method is "GET" or "HEAD")
        {
            Error("body", $"a {http.Method} request has no body.");
        }

        foreach (var (name, _) in http.Headers)
        {
            if (name.Length is 0 or > Limits.NameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)))
            {
                Error($"headers.{name}", $"'{name}' is no header name.");
            }
            else if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                Error($"headers.{name}", $"header '{name}' is set by the sender.");
            }
        }

        var type = http.Headers.FirstOrDefault(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value;
        return new(http, Place(http.OnError), Output("output", http.Output), type ?? (http.Body is null ? null : "application/json"),
            Template("url", http.Url, Form.Percent), Body(http.Body, type))
        {
            Next = Place(http.Next),
            Headers = [.. http.Headers.Where(h => !h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase))
                .Select(h => (h.Key, Text($"headers.{h.Key}", h.Value)))],
        };
    }

    private Template? Body(JsonElement? body, string? type)
    {
        if (body is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || type is null || type.Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            return JsonOf("body", value);
        }

        var form = type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) ? Form.Percent : Form.Text;
        return Template("body", value.GetString()!, form);
    }

    private AiNode Ai(AiStep ai)
    {
        if (ai.Mode == AiMode.Fields == (ai.Fields.Count == 0))
        {
            Error("fields", "'fields' lists the keys of mode 'fields', and belongs to it alone.");
        }

        if (ai.Mode == AiMode.Classification == (ai.Labels.Count == 0))
        {
            Error("labels", "'labels' lists the choices of mode 'classification', and belongs to it alone.");
        }

        return new(ai, Place(ai.OnError), Output("output", ai.Output), Text("task", ai.Task)) { Next = Place(ai.Next) };
    }

    private int Output(string field, string name)
    {
        if (name.Length is 0 or > Limits.StepIdLength || name != name.Trim() || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or ' '))
        {
            Error(field, $"'{name}' is no name for an output field: letters, digits, '_', '-' and blanks inside, at most {Limits.StepIdLength}.");
        }

        return Scope.Output(name);
    }

    private Template Text(string field, string text) => Template(field, text, Form.Text);

    private Template? Optional(string field, string? text) => text is null ? null : Text(field, text);

    private Template Template(string field, string text, Form form)
    {
        var template = Spinners.Template.Compile(text, form, Scope, out var error);
        if (error is not null)
        {
            Error(field, error);
        }

        return template ?? Spinners.Template.Empty;
    }

    private Template JsonOf(string field, JsonElement value)
    {
        var errors = new List<(string Path, string Problem)>();
        var template = Spinners.Template.CompileJson(value, Scope, errors);
        errors.ForEach(e => Error(field + e.Path, e.Problem));
        return template;
    }

    private void Error(string field, string message) => Errors.Add(new($"steps[{_at}].{field}", $"Step '{_steps[_at].Id}': {message}"));
}
