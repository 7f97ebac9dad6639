namespace Troupe.Tests;

/// <summary>What clients hear while something is broken.</summary>
public static class Refusals
{
    /// <summary>Every request got an answer, and each answer that was no success was a 503 that says when to try again.</summary>
    public static void AreInvitationsToRetry(IEnumerable<Attempt> attempts)
    {
        var bad = attempts.Where(attempt => attempt.Status != 200 && attempt is not { Status: 503, SaysWhenToRetry: true }).ToList();
        Assert.True(bad.Count == 0, $"{bad.Count} answers were neither good nor a 503 with Retry-After, e.g. {bad.FirstOrDefault()}");
    }

    /// <summary>Every request was answered well.</summary>
    public static void AreNone(IEnumerable<Attempt> attempts)
    {
        var bad = attempts.Where(attempt => attempt.Status != 200).ToList();
        Assert.True(bad.Count == 0, $"{bad.Count} requests failed, e.g. {bad.FirstOrDefault()}");
    }
}
