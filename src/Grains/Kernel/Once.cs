using System.Text;

namespace Troupe.Kernel;

/// <summary>Idempotency: the answer of a keyed verb is stored in the verb's own commit, where a second commit with the key is refused as taken. So the good
/// case costs nothing more, however many repetitions run at once one of them wins, and only who was refused looks for the answer that was given
/// [workspace-api.md section 3.1].</summary>
public static class Once
{
    /// <summary>The answers to keep with a commit: one when the caller gave a key.</summary>
    public static IReadOnlyList<Answer> Keep<T>(Caller by, T answer, DateTimeOffset now) =>
        by.Key is null ? [] : [new(by.Operation, by.Key, Encoding.ASCII.GetBytes(by.InputHash), Json.Write(answer), now)];

    /// <summary>What a refused verb answers: what its key was answered before, if it was; a conflict if that was for another request; else the
    /// refusal.</summary>
    public static async Task<Outcome<T>> Settle<T>(IStore store, Caller by, Outcome<T> outcome)
    {
        if (outcome.Ok || by.Key is null)
        {
            return outcome;
        }

        var known = await store.Answers(by.Workspace, by.Operation, [by.Key]);
        return known.Count == 0 ? outcome
            : known[0].Hash.Span.SequenceEqual(Encoding.ASCII.GetBytes(by.InputHash)) ? Json.Read<T>(known[0].Body.Span)
            : Failure.Conflict("idempotency_conflict", "This idempotency key was used for another request.").With("idempotency_key", by.Key);
    }

    /// <summary>Takes a key for a request of many parts whose own keys are made from it: true when the key is new, false when this is the request repeated,
    /// a refusal when the key was used for another one.</summary>
    public static async Task<Outcome<bool>> Claim(IStore store, Caller by, DateTimeOffset now)
    {
        var committed = by.Key is null ? new(CommitStatus.Stored) : await store.Commit(new(by.Workspace) { Answers = Keep(by, false, now) });
        return committed.Status == CommitStatus.Stored ? true : await Settle<bool>(store, by, Failure.Stale("idempotency key"));
    }
}
