namespace Troupe.Api.Families;

/// <summary>Refusals that no domain rule makes: what the protocol itself gets wrong, or the server.</summary>
internal static class ErrorCodes
{
    /// <summary>The page <c>docs_url</c> points to.</summary>
    public const string Page = "/docs/errors";

    /// <summary>The refusal for a bare status that the framework chose.</summary>
    public static Failure Of(int status) => status switch
    {
        StatusCodes.Status404NotFound => new(Refusal.Missing, "route_not_found", "There is no such route."),
        StatusCodes.Status405MethodNotAllowed => new(Refusal.Invalid, "method_not_allowed", "This route does not know this method; see the Allow header."),
        StatusCodes.Status408RequestTimeout => new(Refusal.Invalid, "request_timeout", "The request came in too slowly."),
        StatusCodes.Status413PayloadTooLarge => new(Refusal.TooLarge, "body_too_large", $"The body is larger than {Limits.BodyBytes:N0} bytes."),
        StatusCodes.Status415UnsupportedMediaType => BodyReading.NotJson,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => new(Refusal.TooLarge, "headers_too_large", "The request's headers are too large."),
        >= 500 => Unexpected,
        _ => new(Refusal.Malformed, "bad_request", "The request cannot be read."),
    };

    /// <summary>A bug or a fault; what it was stands in the log under the request id.</summary>
    public static Failure Unexpected { get; } =
        new(Refusal.Unavailable, "internal_error", "Something went wrong here. Quote the request id when you report it.");

    /// <summary>Too much at once; nothing was done.</summary>
    public static Failure Overloaded { get; } = new Failure(Refusal.Unavailable, "overloaded", "Too much is waiting here; nothing was done. Try again.")
        .With("retry_after_seconds", 1);

    /// <summary>The database has no answer; whether the change was made is not known.</summary>
    public static Failure StoreDown { get; } = new Failure(
        Refusal.Unavailable, "store_unavailable",
            "The database does not answer; the change may have been made all the same. Read again, or repeat it with the same Idempotency-Key.")
            .With("retry_after_seconds", 5);

    /// <summary>The node that was asked stops or is gone; whether the change was made is not known.</summary>
    public static Failure Lost { get; } = new Failure(
        Refusal.Unavailable, "node_lost",
            "The node that was to do it stops or is gone; the change may have been made all the same. Read again, or repeat it with the same Idempotency-Key.")
            .With("retry_after_seconds", 1);

    /// <summary>No answer in time; whether the change was made is not known.</summary>
    public static Failure Late { get; } = new Failure(
        Refusal.Unavailable, "timed_out",
            "No answer in time; the change may have been made all the same. Read again, or repeat it with the same Idempotency-Key.")
            .With("retry_after_seconds", 1);
}
