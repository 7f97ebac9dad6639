using System.Security.Cryptography;
using System.Text;
using Troupe.Api.Auth;

namespace Troupe.Api.Families;

/// <summary>A keyed write without a body: on whose behalf, with the idempotency key and the hash of what was asked.</summary>
/// <param name="By">The caller, or why its key is none.</param>
public sealed record Write(Outcome<Caller> By)
{
    /// <summary>Carries the write out, unless its key was refused.</summary>
    public Task<Outcome<T>> Then<T>(Func<Caller, Task<Outcome<T>>> verb) => By.Ok ? verb(By.Value) : Task.FromResult<Outcome<T>>(By.Failure);

    /// <summary>Bound by the framework.</summary>
    public static ValueTask<Write?> BindAsync(HttpContext context) => ValueTask.FromResult<Write?>(new(Of(context, null, [])));

    /// <summary>The caller of a request with what it sent.</summary>
    /// <param name="context">The request.</param>
    /// <param name="inBody">The idempotency key of the body, if it had one.</param>
    /// <param name="canonical">The body in the one form that does not depend on spelling.</param>
    internal static Outcome<Caller> Of(HttpContext context, string? inBody, byte[] canonical)
    {
        var inHeader = IdempotencyKey.Of(context.Request);
        var body = inBody is null ? null : IdempotencyKey.Of(inBody, "$.idempotency_key");
        if ((inHeader.Refusal ?? body?.Refusal) is { } refusal)
        {
            return refusal;
        }

        if (inHeader.Key is { } key && body?.Key is { } other && key != other)
        {
            return Failure.Invalid("$.idempotency_key", "The header Idempotency-Key says another key.");
        }

        var (method, path) = (context.Request.Method, context.Request.Path.Value);
        return context.Caller().Caller with
        {
            Operation = $"{method} {(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}",
            InputHash = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{method} {path}\n"), .. canonical])),
            Key = inHeader.Key ?? body?.Key,
        };
    }
}

/// <summary>A keyed write: the draft, and on whose behalf, with the idempotency key of header or body and the hash of what was asked.</summary>
/// <param name="Draft">The draft, or why it could not be read.</param>
/// <param name="By">The caller, or why its key is none.</param>
public sealed record Write<T>(Outcome<T> Draft, Outcome<Caller> By) where T : Keyed
{
    /// <summary>Carries the write out, unless draft or key was refused.</summary>
    public Task<Outcome<TNext>> Then<TNext>(Func<T, Caller, Task<Outcome<TNext>>> verb) =>
        Draft.Ok && By.Ok ? verb(Draft.Value, By.Value) : Task.FromResult<Outcome<TNext>>((Draft.Failure ?? By.Failure)!);

    /// <summary>Bound by the framework.</summary>
    public static async ValueTask<Write<T>?> BindAsync(HttpContext context)
    {
        var draft = (await Body<T>.BindAsync(context))!.Value;
        if (draft.Value is Draft { Id: not null })
        {
            draft = Failure.Invalid(nameof(Kernel.Draft.Id), "The path names the record; only items of a bulk name one themselves.");
        }

        var canonical = draft.Ok ? Json.Write(draft.Value with { IdempotencyKey = null }) : [];
        return new(draft, Write.Of(context, draft.Value?.IdempotencyKey, canonical));
    }
}
