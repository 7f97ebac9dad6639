using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Spinners;

/// <summary>One step of a spinner, as the caller wrote it [management-api.md "Spinners and jobs"]. Texts that may hold templates are kept as written and
/// compiled when a run starts.</summary>
/// <param name="Id">Unique within the spinner; letters, digits, <c>_</c> and <c>-</c>, at most <see cref="Limits.StepIdLength"/> characters.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SetStep), "set")]
[JsonDerivedType(typeof(LogStep), "log")]
[JsonDerivedType(typeof(HttpStep), "http")]
[JsonDerivedType(typeof(DecisionStep), "decision")]
[JsonDerivedType(typeof(WaitStep), "wait")]
[JsonDerivedType(typeof(TagStep), "tag")]
[JsonDerivedType(typeof(AiStep), "ai")]
[JsonDerivedType(typeof(EmailStep), "email")]
public abstract record Step([property: JsonPropertyOrder(-1)] string Id)
{
    /// <summary>The step that follows; null ends the record.</summary>
    [JsonPropertyOrder(1)]
    public string? Next { get; init; }
}

/// <summary>A step that calls outside. It may fail, be retried, and go on elsewhere when it failed for good.</summary>
public abstract record OutsideStep(string Id) : Step(Id)
{
    /// <summary>The step to go on with after the last attempt failed; null fails the record.</summary>
    public string? OnError { get; init; }

    /// <summary>Time for one attempt, 1 to <see cref="Limits.StepTimeoutSeconds"/>.</summary>
    public int TimeoutSeconds { get; init; } = Limits.StepTimeoutDefaultSeconds;

    /// <summary>How often and how fast to try again.</summary>
    public Retry Retry { get; init; } = new(Limits.RetryAttemptsDefault, Limits.RetryBackoffDefaultSeconds);
}

/// <summary>Attempts of an outside step: network errors, 408, 429 and 5xx are tried again.</summary>
/// <param name="Attempts">Attempts in all, 1 to <see cref="Limits.RetryAttempts"/>.</param>
/// <param name="BackoffSeconds">Delay before the second attempt; doubles with each further one, half of it at random. A Retry-After of the answer that is
/// longer wins.</param>
public sealed record Retry(int Attempts, double BackoffSeconds);

/// <summary>Writes output fields.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Fields">Name to JSON value; strings are templates, one that is exactly one template keeps the type of what it names.</param>
public sealed record SetStep(string Id, IReadOnlyDictionary<string, JsonElement> Fields) : Step(Id);

/// <summary>Writes a message into the record's journey.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Message">A template.</param>
public sealed record LogStep(string Id, string Message) : Step(Id);

/// <summary>An HTTP request to the outside. The answer is <c>output.&lt;name&gt;</c>: <c>{status, body}</c>.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Method">GET, POST, PUT, PATCH, DELETE or HEAD.</param>
/// <param name="Url">A template that starts with http:// or https://; values put into it are percent-encoded.</param>
public sealed record HttpStep(string Id, string Method, string Url) : OutsideStep(Id)
{
    /// <summary>Header templates by name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(0);

    /// <summary>The body; null sends none. JSON with templates, or a text when the Content-Type header says it is not JSON.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>Name of the output field.</summary>
    public string Output { get; init; } = "http";

    /// <summary>Statuses beside 2xx that count as success, e.g. 404.</summary>
    public IReadOnlyList<int> Accept { get; init; } = [];
}

/// <summary>Goes on with the first branch whose condition holds.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Branches">Tried in order.</param>
/// <param name="Otherwise">The step when no branch holds; null ends the record.</param>
public sealed record DecisionStep(string Id, IReadOnlyList<Branch> Branches, string? Otherwise) : Step(Id);

/// <summary>A way out of a decision.</summary>
/// <param name="When">The condition.</param>
/// <param name="Label">What the journey shows; the target's id when unsaid.</param>
/// <param name="Next">The step to go on with.</param>
public sealed record Branch(string When, string? Label, string Next);

/// <summary>Sleeps, durably: the record is stored and goes on when its time comes, whatever happens to the process meanwhile.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Seconds">How long, 0 to <see cref="Limits.WaitSeconds"/>; null when <paramref name="Until"/> is given.</param>
/// <param name="Until">A template that gives an ISO 8601 time with offset; null when <paramref name="Seconds"/> is given. A time in the past is now.</param>
public sealed record WaitStep(string Id, double? Seconds, string? Until) : Step(Id);

/// <summary>Gives the record its disposition. A later tag replaces an earlier one.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Disposition">A template.</param>
public sealed record TagStep(string Id, string Disposition) : Step(Id);

/// <summary>What an <see cref="AiStep"/> puts into its output field [ingest-api.md section 7.3].</summary>
public enum AiMode
{
    /// <summary>One string.</summary>
    Text,

    /// <summary>An object with the listed keys.</summary>
    Fields,

    /// <summary>One of the listed labels.</summary>
    Classification,

    /// <summary>A list of strings.</summary>
    List,
}

/// <summary>Asks a language model behind a chat-completions endpoint that the operator configures.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="Task">The task for this record; a template.</param>
public sealed record AiStep(string Id, string Task) : OutsideStep(Id)
{
    /// <summary>Role and rules, the same for every record; no template.</summary>
    public string Role { get; init; } = "";

    /// <summary>Form of the result.</summary>
    public AiMode Mode { get; init; } = AiMode.Text;

    /// <summary>Keys of the object in mode <see cref="AiMode.Fields"/>.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Labels to choose from in mode <see cref="AiMode.Classification"/>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The model's name; the configured one when null.</summary>
    public string? Model { get; init; }

    /// <summary>Name of the output field.</summary>
    public string Output { get; init; } = "ai_response";
}

/// <summary>Sends a mail through the SMTP server that the operator configures.</summary>
/// <param name="Id">See <see cref="Step"/>.</param>
/// <param name="To">A template that gives one address.</param>
/// <param name="Subject">A template.</param>
/// <param name="Text">A template; the plain-text body.</param>
public sealed record EmailStep(string Id, string To, string Subject, string Text) : OutsideStep(Id)
{
    /// <summary>A template that gives the address for replies; null sends none.</summary>
    public string? ReplyTo { get; init; }
}
