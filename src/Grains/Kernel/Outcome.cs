using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Troupe.Kernel;

/// <summary>Why a request was refused. Closed: every family switches on it to choose a status and a shape.</summary>
public enum Refusal
{
    /// <summary>The input breaks a rule the caller can mend.</summary>
    Invalid,

    /// <summary>The input cannot be read at all: JSON syntax, encoding, depth, no body.</summary>
    Malformed,

    /// <summary>The input's media type is not one that is read here.</summary>
    Unsupported,

    /// <summary>No credential, or one that is unknown or revoked.</summary>
    Unauthorized,

    /// <summary>The credential is good but may not do this (scope, module, plan).</summary>
    Forbidden,

    /// <summary>The thing does not exist in the caller's workspace.</summary>
    Missing,

    /// <summary>The thing exists but its state does not allow this.</summary>
    Conflict,

    /// <summary>The thing changed under the decision; read again and retry.</summary>
    Stale,

    /// <summary>The body or batch is larger than a named limit.</summary>
    TooLarge,

    /// <summary>A rate limit is used up; retry after the time in <c>retry_after_seconds</c>.</summary>
    Limited,

    /// <summary>The service can't take this now (overload, database out of reach); retry later.</summary>
    Unavailable,
}

/// <summary>One refused field, named as the domain names it; a family converts the name to its own spelling.</summary>
/// <param name="Field">Path of the field, e.g. <c>steps[2].url</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>A refusal. Closed at <see cref="Kind"/> (families switch on it), open at <see cref="Code"/> (clients switch on it).</summary>
/// <param name="Kind">The class of refusal.</param>
/// <param name="Code">Stable, lower-case <c>noun_adjective</c>, e.g. <c>table_not_empty</c>.</param>
/// <param name="Message">One sentence for a person: what is wrong and what to do.</param>
public sealed record Failure(Refusal Kind, string Code, string Message)
{
    /// <summary>Refused fields; empty when the failure is not about fields.</summary>
    public IReadOnlyList<FieldError> Fields { get; init; } = [];

    /// <summary>Further facts for clients, e.g. <c>expected</c>, <c>received</c>, <c>index</c>, <c>retry_after_seconds</c>.
    /// Values are strings, numbers, booleans, or lists of strings, so that they cross between nodes as JSON.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>(0);

    /// <summary>A refusal of one field.</summary>
    public static Failure Invalid(string field, string message) =>
        new(Refusal.Invalid, "validation_failed", message) { Fields = [new(field, message)] };

    /// <summary>A refusal of several fields at once. Requires at least one.</summary>
    public static Failure Invalid(IReadOnlyList<FieldError> fields) =>
        new(Refusal.Invalid, "validation_failed", fields.Count == 1 ? fields[0].Message : $"{fields.Count} fields are invalid.") { Fields = fields };

    /// <summary>The answer for an unknown id and, just the same, for another workspace's id.</summary>
    public static Failure Missing(string noun) => new(Refusal.Missing, "resource_not_found", $"No such {noun} in this workspace.");

    /// <summary>The thing's state does not allow the verb.</summary>
    public static Failure Conflict(string code, string message) => new(Refusal.Conflict, code, message);

    /// <summary>Somebody else changed the thing at the same time.</summary>
    public static Failure Stale(string noun) => new(Refusal.Stale, "resource_changed", $"The {noun} changed at the same time; read it again and retry.");

    /// <summary>Adds one fact for clients.</summary>
    public Failure With(string key, object? value) => this with { Details = new Dictionary<string, object?>(Details) { [key] = value } };
}

/// <summary>An outcome whose type is not known here: what an answer is written from.</summary>
public interface IOutcome
{
    /// <summary>The value; null when refused.</summary>
    object? Value { get; }

    /// <summary>The refusal; null when there is a value.</summary>
    Failure? Failure { get; }
}

/// <summary>A value or a refusal. The default value is neither and must not be used.</summary>
public readonly record struct Outcome<T> : IOutcome
{
    /// <summary>For serialization between nodes; use the implicit conversions.</summary>
    [JsonConstructor]
    public Outcome(T? value, Failure? failure) => (Value, Failure) = (value, failure);

    /// <summary>The value; default when refused.</summary>
    public T? Value { get; }

    /// <summary>The refusal; null when there is a value.</summary>
    public Failure? Failure { get; }

    /// <inheritdoc/>
    object? IOutcome.Value => Value;

    /// <summary>True when there is a value.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(false, nameof(Failure))]
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Ok => Failure is null;

    /// <summary>Turns the value into another, passing a refusal on.</summary>
    public Outcome<TNext> Map<TNext>(Func<T, TNext> map) => Ok ? map(Value) : Failure;

    /// <summary>Goes on with the value, passing a refusal on.</summary>
    public Outcome<TNext> Then<TNext>(Func<T, Outcome<TNext>> next) => Ok ? next(Value) : Failure;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Failure failure) => new(default, failure);
}

/// <summary>The value of an outcome that carries nothing but success.</summary>
public readonly record struct Done
{
    /// <summary>The one value.</summary>
    public static Done Value => default;
}
